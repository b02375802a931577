package label

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Team is the label that the server sets on every custom metric; a publisher
// cannot choose it.
const Team = "team"

// Label is one name and value.
type Label struct{ Name, Value string }

// Set is labels sorted by name, each name once.
type Set []Label

// New returns the set of labels; of two with the same name the later wins.
func New(labels ...Label) Set {
	s := slices.Clone(labels)
	slices.SortStableFunc(s, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
	out := s[:0]
	for i, l := range s {
		if i+1 < len(s) && s[i+1].Name == l.Name {
			continue
		}
		out = append(out, l)
	}
	return Set(out)
}

// FromMap returns the set with the labels of m.
func FromMap(m map[string]string) Set {
	s := make(Set, 0, len(m))
	for n, v := range m {
		s = append(s, Label{n, v})
	}
	slices.SortFunc(s, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
	return s
}

// FromProto returns the set with labels as they came in a message.
func FromProto(ls []*eventv1.Label) Set {
	s := make(Set, len(ls))
	for i, l := range ls {
		s[i] = Label{l.GetName(), l.GetValue()}
	}
	if !slices.IsSortedFunc(s, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) }) {
		return New(s...)
	}
	return s
}

// Proto returns the set for a message.
func (s Set) Proto() []*eventv1.Label {
	ls := make([]*eventv1.Label, len(s))
	for i, l := range s {
		ls[i] = &eventv1.Label{Name: l.Name, Value: l.Value}
	}
	return ls
}

// Get returns the value of name, or "" if there is none.
func (s Set) Get(name string) string {
	i, ok := slices.BinarySearchFunc(s, name, func(l Label, n string) int { return cmp.Compare(l.Name, n) })
	if !ok {
		return ""
	}
	return s[i].Value
}

// Map returns the set as a map of its own.
func (s Set) Map() map[string]string {
	m := make(map[string]string, len(s))
	for _, l := range s {
		m[l.Name] = l.Value
	}
	return m
}

// Pick returns the labels with these names; a missing one has the value "".
// The result is a set (sorted by name).
func (s Set) Pick(names []string) Set {
	out := make([]Label, len(names))
	for i, n := range names {
		out[i] = Label{n, s.Get(n)}
	}
	return New(out...)
}

// String returns `{a="1", b="2"}`.
func (s Set) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, l := range s {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(l.Name)
		b.WriteByte('=')
		b.WriteString(strconv.Quote(l.Value))
	}
	b.WriteByte('}')
	return b.String()
}

// sep cannot occur in a valid UTF-8 name or value, so no two sets hash alike
// by being cut differently.
const sep = 0xff

// Fingerprint returns the id of the series name with labels s: xxHash64 of
// name and sorted labels. 0 is never returned.
func Fingerprint(name string, s Set) uint64 {
	b := make([]byte, 0, 256)
	b = append(b, name...)
	b = appendSet(b, s)
	return max(xxhash.Sum64(b), 1)
}

// Resource returns the hash of the labels alone, without a metric's name:
// what all metrics of one resource have in common.
func Resource(s Set) uint64 {
	return xxhash.Sum64(appendSet(make([]byte, 0, 256), s))
}

func appendSet(b []byte, s Set) []byte {
	for _, l := range s {
		b = append(b, sep)
		b = append(b, l.Name...)
		b = append(b, sep)
		b = append(b, l.Value...)
	}
	return b
}
