package discover

import (
	"slices"
	"strings"
)

// Dimension is CloudWatch's: a name and a value of a metric's identity.
type Dimension struct{ Name, Value string }

// Metric is one that CloudWatch has.
type Metric struct {
	// Owner is the account whose metric it is when it is read through another
	// one; "" is the target's own.
	Owner           string
	Namespace, Name string
	// Dimensions, sorted by name.
	Dimensions []Dimension
}

// Dimension returns the value of a dimension, or "".
func (m *Metric) Dimension(name string) string {
	for _, d := range m.Dimensions {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}

// Inventory is what there is.
type Inventory struct {
	Metrics []Metric
	// tags by service and resource.
	tags map[string]taggedService
	// states of instances by id.
	states map[string]string
	// TagsKnown is false until tags could be read.
	TagsKnown bool
}

// taggedService holds the tags of one service's resources.
type taggedService struct {
	names []string // of the dimensions that make a resource, sorted
	tags  map[string]map[string]string
}

// Tags returns the tags of the resource that these dimensions belong to, nil if
// it has none. The caller must not change them.
func (i *Inventory) Tags(service string, dims []Dimension) map[string]string {
	s, ok := i.tags[service]
	if !ok {
		return nil
	}
	var key strings.Builder
	for _, d := range dims {
		if slices.Contains(s.names, d.Name) {
			key.WriteString(d.Value)
			key.WriteByte(0)
		}
	}
	return s.tags[key.String()]
}

// Runs reports whether the instance is not known to be stopped or gone.
func (i *Inventory) Runs(instance string) bool { return i.Stopped(instance) == "" }

// Stopped says in words that follow its name what became of an instance that does
// not run; "" for one that does, or of which nothing is known.
func (i *Inventory) Stopped(instance string) string {
	switch i.states[instance] {
	case "stopping", "stopped":
		return "was stopped"
	case "shutting-down", "terminated":
		return "was terminated"
	}
	return ""
}
