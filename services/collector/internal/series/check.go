package series

import (
	"fmt"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/internal/label"
)

// The limits of DESIGN §1, and those that keep labels sane.
const (
	MaxName       = 200
	MaxLabels     = 30
	MaxLabelName  = 200
	MaxLabelValue = 1024
	MaxUnit       = 32
)

// Error says what is wrong with a series. Field is one of a few words, fit for
// a metric's label; the text names the field in full.
type Error struct {
	Field string
	text  string
}

func (e *Error) Error() string { return e.text }

func wrong(field, format string, args ...any) error {
	return &Error{Field: field, text: fmt.Sprintf(format, args...)}
}

// check returns the labels as a set, the team included, or an [Error].
func check(team, unit, name string, labels []label.Label) (label.Set, error) {
	switch {
	case name == "":
		return nil, wrong("name", "name: missing")
	case len(name) > MaxName:
		return nil, wrong("name", "name: %d bytes, at most %d are allowed (%.40q…)", len(name), MaxName, name)
	case !wellFormed(name, ".:/-"):
		return nil, wrong("name", "name: %q does not match [A-Za-z_][A-Za-z0-9_.:/-]*", name)
	case len(unit) > MaxUnit || !utf8.ValidString(unit):
		return nil, wrong("unit", "unit: want UTF-8 text of at most %d bytes", MaxUnit)
	}
	own := labels[:0]
	for _, l := range labels {
		switch {
		case l.Name == label.Team: // the server's to set
			continue
		case len(l.Name) > MaxLabelName:
			return nil, wrong("labels", "labels: a name of %d bytes, at most %d are allowed (%.40q…)", len(l.Name), MaxLabelName, l.Name)
		case !wellFormed(l.Name, ".-"):
			return nil, wrong("labels", "labels: the name %q does not match [A-Za-z_][A-Za-z0-9_.-]*", l.Name)
		case len(l.Value) > MaxLabelValue:
			return nil, wrong("labels", "labels: the value of %s has %d bytes, at most %d are allowed", l.Name, len(l.Value), MaxLabelValue)
		case !utf8.ValidString(l.Value):
			return nil, wrong("labels", "labels: the value of %s is not UTF-8: %q", l.Name, l.Value)
		}
		own = append(own, l)
	}
	if len(own) > MaxLabels {
		return nil, wrong("labels", "labels: %d of them, at most %d are allowed", len(own), MaxLabels)
	}
	set := label.New(append(own, label.Label{Name: label.Team, Value: team})...)
	// An empty value means the same as no label, so it must not make another series.
	full := set[:0]
	for _, l := range set {
		if l.Value != "" {
			full = append(full, l)
		}
	}
	return full, nil
}

// Check returns an [Error] if a series of the collector's own breaks the
// grammar; its labels include the team.
func (s *Series) Check() error {
	_, err := check("", s.Unit, s.Name, append([]label.Label(nil), s.Labels...))
	return err
}

// wellFormed reports whether s begins with a letter or '_' and goes on with
// letters, digits, '_' and the bytes of extra.
func wellFormed(s, extra string) bool {
	if s == "" || !letter(s[0]) {
		return false
	}
next:
	for i := 1; i < len(s); i++ {
		c := s[i]
		if letter(c) || c >= '0' && c <= '9' {
			continue
		}
		for j := range len(extra) {
			if c == extra[j] {
				continue next
			}
		}
		return false
	}
	return true
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
