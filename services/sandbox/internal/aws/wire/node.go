package wire

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// Node is a value of a request, whatever form it came in: a structure, a list or a
// scalar. Asking for something that is not there gives its zero value.
type Node struct {
	// nil, string, bool, float64, int64, time.Time, []byte, map[string]any, []any, or *branch of a form
	value any
	path  string
	wrong *string // the first value of the wrong type, shared by all nodes of a request
}

func newNode(value any) Node { return Node{value: value, wrong: new(string)} }

func (n Node) child(value any, name string) Node {
	path := name
	if n.path != "" {
		path = n.path + "." + name
	}
	return Node{value: value, path: path, wrong: n.wrong}
}

// Get returns the member of a structure.
func (n Node) Get(name string) Node {
	switch v := n.value.(type) {
	case map[string]any:
		return n.child(v[name], name)
	case *branch:
		if kid := v.kids[name]; kid != nil {
			return n.child(kid, name)
		}
	case nil:
	default:
		n.fail("a structure")
	}
	return n.child(nil, name)
}

// Is says whether the node was sent at all.
func (n Node) Is() bool { return n.value != nil }

// Has says whether a structure has the member.
func (n Node) Has(name string) bool { return n.Get(name).Is() }

// List returns the elements of a member that is a list.
func (n Node) List(name string) []Node {
	member := n.Get(name)
	var out []Node
	switch v := member.value.(type) {
	case nil:
	case []any:
		for i, e := range v {
			out = append(out, member.child(e, strconv.Itoa(i+1)))
		}
	case *branch:
		for i, kid := range v.list() {
			out = append(out, member.child(kid, strconv.Itoa(i+1)))
		}
	default:
		member.fail("a list")
	}
	return out
}

// Map returns the entries of a member that is a map.
func (n Node) Map(name string) map[string]Node {
	member := n.Get(name)
	out := map[string]Node{}
	switch v := member.value.(type) {
	case nil:
	case map[string]any:
		for key, e := range v {
			out[key] = member.child(e, key)
		}
	case *branch:
		for _, entry := range v.list() {
			e := member.child(entry, "entry")
			for _, names := range [][2]string{{"key", "value"}, {"Name", "Value"}, {"Key", "Value"}} {
				if e.Has(names[0]) {
					out[e.Text(names[0])] = e.Get(names[1])
					break
				}
			}
		}
	default:
		member.fail("a map")
	}
	return out
}

// Names returns the members of a structure, sorted.
func (n Node) Names() []string {
	switch v := n.value.(type) {
	case map[string]any:
		return slices.Sorted(maps.Keys(v))
	case *branch:
		return slices.Sorted(maps.Keys(v.kids))
	}
	return nil
}

// String is the node as a text; empty if it is none.
func (n Node) String() string {
	switch v := n.value.(type) {
	case nil:
	case string:
		return v
	case *branch:
		return v.text
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	default:
		n.fail("a string")
	}
	return ""
}

// Text returns a member that is a string.
func (n Node) Text(name string) string { return n.Get(name).String() }

// Texts returns a member that is a list of strings.
func (n Node) Texts(name string) []string {
	var out []string
	for _, e := range n.List(name) {
		out = append(out, e.String())
	}
	return out
}

// Number is the node as a number; 0 if it is not there.
func (n Node) Number() float64 {
	switch v := n.value.(type) {
	case nil:
	case float64:
		return v
	case int64:
		return float64(v)
	case string, *branch:
		switch n.String() { // JSON writes these as strings
		case "NaN":
			return math.NaN()
		case "Infinity":
			return math.Inf(1)
		case "-Infinity":
			return math.Inf(-1)
		}
		f, err := strconv.ParseFloat(n.String(), 64)
		if err != nil {
			n.fail("a number")
		}
		return f
	default:
		n.fail("a number")
	}
	return 0
}

// Float returns a member that is a number.
func (n Node) Float(name string) float64 { return n.Get(name).Number() }

// Int returns a member that is a whole number, and missing if it is not there.
func (n Node) Int(name string, missing int64) int64 {
	member := n.Get(name)
	if !member.Is() {
		return missing
	}
	f := member.Number()
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		member.fail("an integer")
		return missing
	}
	return int64(f)
}

// Bool returns a member that is true or false; false if it is not there.
func (n Node) Bool(name string) bool {
	member := n.Get(name)
	switch v := member.value.(type) {
	case nil:
		return false
	case bool:
		return v
	case string, *branch:
		b, err := strconv.ParseBool(member.String())
		if err == nil {
			return b
		}
	}
	member.fail("a boolean")
	return false
}

// Time returns a member that is a time; the zero time if it is not there.
func (n Node) Time(name string) time.Time {
	member := n.Get(name)
	switch v := member.value.(type) {
	case nil:
		return time.Time{}
	case time.Time:
		return v
	case int64, float64:
		f := member.Number()
		if math.Abs(f) < 1e12 {
			return time.UnixMilli(int64(math.Round(f * 1000))).UTC()
		}
	case string, *branch:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02"} {
			if at, err := time.Parse(layout, member.String()); err == nil {
				return at.UTC()
			}
		}
	}
	member.fail("a time")
	return time.Time{}
}

// Bytes returns a member that is a blob.
func (n Node) Bytes(name string) []byte {
	member := n.Get(name)
	switch v := member.value.(type) {
	case nil:
		return nil
	case []byte:
		return v
	case string, *branch:
		if b, err := base64.StdEncoding.DecodeString(member.String()); err == nil {
			return b
		}
	}
	member.fail("a blob")
	return nil
}

func (n Node) fail(want string) {
	if n.wrong != nil && *n.wrong == "" {
		*n.wrong = fmt.Sprintf("%s must be %s", n.path, want)
	}
}
