package label

import (
	"fmt"
	"regexp"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Op is how a matcher compares.
type Op int

// The operators, in the spelling of people: = != =~ !~.
const (
	Equal Op = iota + 1
	NotEqual
	Regexp
	NotRegexp
)

// String returns the operator as people write it.
func (o Op) String() string { return [...]string{"?", "=", "!=", "=~", "!~"}[o] }

// Matcher is one test on one label. A missing label has the value "".
type Matcher struct {
	Label string
	Op    Op
	Value string

	re *regexp.Regexp
}

// NewMatcher returns the matcher, or an error that names the label when the
// regular expression is wrong. Regular expressions are anchored at both ends.
func NewMatcher(name string, op Op, value string) (Matcher, error) {
	m := Matcher{Label: name, Op: op, Value: value}
	if op == Regexp || op == NotRegexp {
		re, err := regexp.Compile("^(?:" + value + ")$")
		if err != nil {
			return Matcher{}, fmt.Errorf("label %s: regular expression %q: %w", name, value, err)
		}
		m.re = re
	}
	return m, nil
}

// ParseValue returns the matcher for name in the notation of policy files:
// "=value" or "value", "!value", "~regexp", "!~regexp".
func ParseValue(name, text string) (Matcher, error) {
	switch {
	case strings.HasPrefix(text, "!~"):
		return NewMatcher(name, NotRegexp, text[2:])
	case strings.HasPrefix(text, "~"):
		return NewMatcher(name, Regexp, text[1:])
	case strings.HasPrefix(text, "!"):
		return NewMatcher(name, NotEqual, text[1:])
	case strings.HasPrefix(text, "="):
		return NewMatcher(name, Equal, text[1:])
	}
	return NewMatcher(name, Equal, text)
}

// ParseMatcher returns the matcher of `name=value`, `name!=value`,
// `name=~regexp` or `name!~regexp`; the value may be quoted.
func ParseMatcher(text string) (Matcher, error) {
	i := strings.IndexAny(text, "=!")
	if i <= 0 {
		return Matcher{}, fmt.Errorf("matcher %q: want name=value, name!=value, name=~regexp or name!~regexp", text)
	}
	name, rest := strings.TrimSpace(text[:i]), text[i:]
	for _, o := range []Op{NotRegexp, Regexp, NotEqual, Equal} {
		if v, ok := strings.CutPrefix(rest, o.String()); ok {
			return NewMatcher(name, o, strings.Trim(strings.TrimSpace(v), `"`))
		}
	}
	return Matcher{}, fmt.Errorf("matcher %q: want name=value, name!=value, name=~regexp or name!~regexp", text)
}

// Matches reports whether the value passes the test.
func (m Matcher) Matches(value string) bool {
	switch m.Op {
	case Equal:
		return value == m.Value
	case NotEqual:
		return value != m.Value
	case Regexp:
		return m.re.MatchString(value)
	case NotRegexp:
		return !m.re.MatchString(value)
	}
	return false
}

// String returns the matcher as people write it.
func (m Matcher) String() string { return m.Label + m.Op.String() + m.Value }

// Proto returns the matcher for a message.
func (m Matcher) Proto() *eventv1.Matcher {
	return &eventv1.Matcher{Label: m.Label, Op: eventv1.Matcher_Op(m.Op), Value: m.Value}
}

// Matchers all have to match.
type Matchers []Matcher

// ParseMatchers reads matchers as people write them, each a text: "team=shop".
func ParseMatchers(texts []string) (Matchers, error) {
	var out Matchers
	for _, text := range texts {
		m, err := ParseMatcher(text)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// MatchersFromProto returns the matchers of a message.
func MatchersFromProto(in []*eventv1.Matcher) (Matchers, error) {
	out := make(Matchers, 0, len(in))
	for _, p := range in {
		m, err := NewMatcher(p.GetLabel(), Op(p.GetOp()), p.GetValue())
		if err != nil {
			return nil, err
		}
		if p.GetOp() < eventv1.Matcher_OP_EQUAL || p.GetOp() > eventv1.Matcher_OP_NOT_REGEXP {
			return nil, fmt.Errorf("label %s: unknown operator %v", p.GetLabel(), p.GetOp())
		}
		out = append(out, m)
	}
	return out, nil
}

// Match reports whether every matcher matches the set; none match everything.
func (ms Matchers) Match(s Set) bool {
	for _, m := range ms {
		if !m.Matches(s.Get(m.Label)) {
			return false
		}
	}
	return true
}

// String returns the matchers joined by commas.
func (ms Matchers) String() string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.String()
	}
	return strings.Join(out, ", ")
}

// Proto returns the matchers for a message.
func (ms Matchers) Proto() []*eventv1.Matcher {
	out := make([]*eventv1.Matcher, len(ms))
	for i, m := range ms {
		out[i] = m.Proto()
	}
	return out
}
