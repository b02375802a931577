package route

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/yamlfile"
)

// Problem is something wrong in a routes file. Line and Column count from 1.
type Problem struct {
	Line, Column int
	Text         string
}

// String returns "line 3: text".
func (p Problem) String() string { return fmt.Sprintf("line %d: %s", p.Line, p.Text) }

// reader walks YAML nodes and remembers what is wrong.
type reader struct{ problems []Problem }

// mostProblems bounds what is said of one file.
const mostProblems = 100

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	if len(r.problems) < mostProblems {
		r.problems = append(r.problems, Problem{n.Line, n.Column, fmt.Sprintf(format, args...)})
	}
}

const maxNodes = 50_000

// document returns the top node of data; nil if it is empty or wrong.
func (r *reader) document(data []byte) *yaml.Node {
	top, p := yamlfile.Top(data, maxNodes)
	if p != nil {
		r.problems = append(r.problems, Problem(*p))
	}
	return top
}

// fields returns the values of a mapping by key; a key that is not known, or
// there twice, is a problem.
func (r *reader) fields(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s: want `key: value` lines, with the keys %s", what, strings.Join(known, ", "))
		return out
	}
	r.each(n, what, func(key, value *yaml.Node) {
		if !slices.Contains(known, key.Value) {
			hint := ""
			if best := nearest.To(key.Value, known); best != "" {
				hint = " (did you mean " + best + "?)"
			}
			r.fail(key, "unknown key %q in %s%s: there are %s", key.Value, what, hint, strings.Join(known, ", "))
			return
		}
		out[key.Value] = value
	})
	return out
}

// each calls do for every pair of a mapping, each key once.
func (r *reader) each(n *yaml.Node, what string, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s: want `key: value` lines", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			r.fail(key, "%s: a key is a word", what)
			continue
		}
		if seen[key.Value] {
			r.fail(key, "%s: %q is there twice", what, key.Value)
			continue
		}
		seen[key.Value] = true
		do(key, n.Content[i+1])
	}
}

// items returns the items of a list.
func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "%s: want a list", what)
		return nil
	}
	return n.Content
}

// text returns a scalar as it is written.
func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "%s: want a text", what)
		return ""
	}
	return n.Value
}

// texts returns a list of texts; a single one counts as a list of one.
func (r *reader) texts(n *yaml.Node, what string) []string {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return tidy([]string{n.Value})
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "%s: want a list: [one, two]", what)
		return nil
	}
	var out []string
	for _, item := range n.Content {
		out = append(out, r.text(item, what))
	}
	return tidy(out)
}

func (r *reader) flag(n *yaml.Node, what string) bool {
	if n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false") {
		return n.Value == "true"
	}
	r.fail(n, "%s: want true or false", what)
	return false
}

func (r *reader) number(n *yaml.Node, what string, low, high int) int {
	v, err := strconv.Atoi(r.text(n, what))
	if err != nil || v < low || v > high {
		r.fail(n, "%s: want a number from %d to %d", what, low, high)
		return low
	}
	return v
}

// duration returns a time like 30s, 5m, 1h30m, 2d or 1w, between low and high.
func (r *reader) duration(n *yaml.Node, what string, low, high time.Duration) time.Duration {
	text := r.text(n, what)
	d, err := duration(text)
	if err != nil || d < low || d > high {
		r.fail(n, "%s: %q is not a time from %s to %s: write 15m, 4h or 2d", what, text, short(low), short(high))
		return low
	}
	return d
}

// duration reads 30s, 5m, 1h30m, 2d, 1w.
func duration(text string) (time.Duration, error) {
	for end, day := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(text, end); ok {
			n, err := strconv.Atoi(number)
			if err != nil || n < 0 || n > 1000 {
				return 0, fmt.Errorf("%q is no length of time", text)
			}
			return time.Duration(n) * day, nil
		}
	}
	return time.ParseDuration(text)
}

// short returns d as people write it in files.
func short(d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}

var clockForm = regexp.MustCompile(`^(\d{1,2}):(\d{2})$`)

// clock returns the minutes of the day of "22:00"; "24:00" is the day's end.
func (r *reader) clock(n *yaml.Node, what string) int {
	text := r.text(n, what)
	m := clockForm.FindStringSubmatch(text)
	if m == nil {
		r.fail(n, `%s: %q is no time of day: write "22:00", in quotes`, what, text)
		return 0
	}
	h, _ := strconv.Atoi(m[1])
	min, _ := strconv.Atoi(m[2])
	if h > 24 || min > 59 || h == 24 && min > 0 {
		r.fail(n, "%s: %q is no time of day: there are 00:00 to 24:00", what, text)
		return 0
	}
	return h*60 + min
}

// zone returns a time zone's name that this machine knows.
func (r *reader) zone(n *yaml.Node, what string) string {
	name := r.text(n, what)
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		r.fail(n, "%s: there is no time zone %q: write UTC or Europe/Berlin", what, name)
		return "UTC"
	}
	return name
}

// days reads [mon-fri, sun].
func (r *reader) days(n *yaml.Node, what string) uint8 {
	var out uint8
	for _, text := range r.texts(n, what) {
		first, last, span := strings.Cut(strings.ToLower(text), "-")
		a := dayNumber(first)
		b := a
		if span {
			b = dayNumber(last)
		}
		if a < 0 || b < 0 {
			r.fail(n, "%s: %q is no day: write mon, sat-sun", what, text)
			continue
		}
		for d := a; ; d = (d + 1) % 7 {
			out |= 1 << d
			if d == b {
				break
			}
		}
	}
	return out
}

func dayNumber(text string) int {
	text = strings.TrimSpace(text)
	if len(text) < 3 {
		return -1
	}
	i := slices.Index(dayNames, text[:3])
	if i < 0 || !strings.HasPrefix([]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}[i], text) {
		return -1
	}
	return i
}
