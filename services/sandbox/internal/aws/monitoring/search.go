package monitoring

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

const (
	maxSearch       = 500  // series that one search returns
	maxSearchLength = 1024 // characters of a search
)

// search is SEARCH('{namespace,dimension,…} terms', 'statistic', period).
type search struct {
	namespace  string
	dimensions []string // exactly these; none for any
	terms      []term
	statistic  statistic
	period     time.Duration
}

// term is property="value" (exact), property=value (a part), or a part of anything.
type term struct {
	property, value string
	exact           bool
}

func isSearch(text string) bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimSpace(text)), "SEARCH")
}

var (
	searchCall  = regexp.MustCompile(`^(?i:SEARCH)\s*\(\s*'([^']*)'\s*,\s*'([^']*)'\s*(?:,\s*(\d+)\s*)?\)$`)
	searchParts = regexp.MustCompile(`^\s*(?:\{([^{}]*)\})?\s*(.*)$`)
	searchTerm  = regexp.MustCompile(`^(?:([A-Za-z0-9_.:]+)\s*=\s*)?(?:"([^"]*)"|([^\s"=(){}]+))(?:\s+|$)`)
)

// parseSearch reads a search; period is the query's, in seconds, where the search has none.
func parseSearch(text string, period int64) (*search, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxSearchLength {
		return nil, fmt.Errorf("a SEARCH has at most %d characters", maxSearchLength)
	}
	call := searchCall.FindStringSubmatch(text)
	if call == nil {
		return nil, errors.New("the local account knows SEARCH('{namespace,dimension} MetricName=\"name\"', 'statistic', period) on its own")
	}
	s := &search{}
	var ok bool
	if s.statistic, ok = statisticOf(call[2]); !ok {
		return nil, fmt.Errorf("%q is no statistic of the local account", call[2])
	}
	if call[3] != "" {
		period, _ = strconv.ParseInt(call[3], 10, 32) // matched digits; too many are 0 and refused below
	}
	if period == 0 {
		period = 300
	}
	if !periodOK(period) {
		return nil, fmt.Errorf("the period %s is not valid", call[3])
	}
	s.period = time.Duration(period) * time.Second
	parts := searchParts.FindStringSubmatch(call[1])
	if parts == nil {
		return nil, errors.New("the search expression is not valid")
	}
	if parts[1] != "" {
		names := strings.Split(parts[1], ",")
		for i, name := range names {
			names[i] = strings.Trim(strings.TrimSpace(name), `"`)
		}
		s.namespace, s.dimensions = names[0], names[1:]
		slices.Sort(s.dimensions)
	}
	return s, s.readTerms(parts[2])
}

func (s *search) readTerms(rest string) error {
	for rest = strings.TrimSpace(rest); rest != ""; {
		m := searchTerm.FindStringSubmatch(rest)
		if m == nil {
			return fmt.Errorf("%q is not understood; give property=\"value\" terms", rest)
		}
		rest = strings.TrimSpace(rest[len(m[0]):])
		t := term{property: m[1], value: m[2], exact: true}
		if m[3] != "" {
			t.value, t.exact = m[3], false
		}
		switch {
		case t.property == "" && !t.exact && t.value == "AND":
			continue
		case t.property == "" && !t.exact && (t.value == "OR" || t.value == "NOT"):
			return fmt.Errorf("%s is not available in the local account", t.value)
		}
		s.terms = append(s.terms, t)
	}
	if s.namespace == "" && len(s.terms) == 0 {
		return errors.New("the search is empty")
	}
	return nil
}

// filter is the search as far as a list can be of it. A search finds what had data in
// the last two weeks.
func (s *search) filter() filter { return filter{namespace: s.namespace, silent: forgotten} }

func (s *search) has(m world.Metric) bool {
	if s.namespace != "" && m.Namespace != s.namespace {
		return false
	}
	if s.dimensions != nil && (len(s.dimensions) > 0 || s.namespace != "") {
		if len(m.Dimensions) != len(s.dimensions) {
			return false
		}
		for i, d := range m.Dimensions { // both are sorted
			if d.Name != s.dimensions[i] {
				return false
			}
		}
	}
	return !slices.ContainsFunc(s.terms, func(t term) bool { return !t.matches(m) })
}

func (t term) matches(m world.Metric) bool {
	same := func(v string) bool {
		if t.exact {
			return v == t.value
		}
		return strings.Contains(strings.ToLower(v), strings.ToLower(t.value))
	}
	switch t.property {
	case "MetricName":
		return same(m.Name)
	case "Namespace":
		return same(m.Namespace)
	case "":
		return same(m.Name) || same(m.Namespace) || slices.ContainsFunc(m.Dimensions, func(d world.Dimension) bool {
			return same(d.Name) || same(d.Value)
		})
	}
	return slices.ContainsFunc(m.Dimensions, func(d world.Dimension) bool { return d.Name == t.property && same(d.Value) })
}

// searchLabel names a series that was found: its dimensions' values and its name.
func searchLabel(m world.Metric) string {
	var words []string
	for _, d := range m.Dimensions {
		words = append(words, d.Value)
	}
	return strings.Join(append(words, m.Name), " ")
}
