package replay

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// maxValues is how many values a line of notation may stand for, gaps too.
const maxValues = 500_000

// parseValues reads "10x5 97x20 40..10x10 _x3"; values with a unit are
// converted to the series'. A gap is NaN.
func parseValues(text, seriesUnit string) ([]float64, error) {
	var out []float64
	for word := range strings.FieldsSeq(text) {
		what, n, err := times(word)
		if err != nil {
			return nil, err
		}
		if len(out)+n > maxValues {
			return nil, fmt.Errorf("more than %d values", maxValues)
		}
		if what == "_" {
			for range n {
				out = append(out, math.NaN())
			}
			continue
		}
		from, to, ramp := strings.Cut(what, "..")
		a, err := number(from, seriesUnit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", word, err)
		}
		b := a
		if ramp {
			if b, err = number(to, seriesUnit); err != nil {
				return nil, fmt.Errorf("%s: %w", word, err)
			}
			if n < 2 {
				return nil, fmt.Errorf("%s: want how many values it takes: %sx10", word, what)
			}
		}
		for i := range n {
			v := a
			if i > 0 && ramp {
				v = a + (b-a)*(float64(i)/float64(n-1))
			}
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no values: write such as 10x5 97x20 _x3")
	}
	return out, nil
}

// times splits "97x20" into what and how often.
func times(word string) (string, int, error) {
	i := strings.LastIndexByte(word, 'x')
	if i < 0 {
		return word, 1, nil
	}
	n, err := strconv.Atoi(word[i+1:])
	if err != nil || n < 1 || n > maxValues || i == 0 {
		return "", 0, fmt.Errorf("%s: want a value and how often it comes: 97x20", word)
	}
	return word[:i], n, nil
}

func number(text, seriesUnit string) (float64, error) {
	n, err := unit.Parse(text)
	if err != nil {
		return 0, err
	}
	v := n.In(seriesUnit)
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return v, nil
}

// parseSeries reads `cpu{instance_id="i-1", env=prod}`. Quotes may be left
// out around a value without commas, braces and spaces.
func parseSeries(text string) (string, label.Set, error) {
	wrong := func(what string) (string, label.Set, error) {
		return "", nil, fmt.Errorf("series %q: %s; write it as cpu{instance_id=\"i-1\"}", text, what)
	}
	name, rest, braces := strings.Cut(strings.TrimSpace(text), "{")
	if !nameForm.MatchString(name) {
		return wrong("the metric's name has letters, digits and . _ : / -")
	}
	labels := map[string]string{}
	for rest = strings.TrimSpace(rest); braces; {
		if after, ok := strings.CutPrefix(rest, "}"); ok && len(labels) == 0 {
			rest, braces = after, false
			break
		}
		key, after, ok := strings.Cut(rest, "=")
		if key = strings.TrimSpace(key); !ok || !labelForm.MatchString(key) {
			return wrong("want label=\"value\" between the braces")
		}
		if _, twice := labels[key]; twice || len(labels) >= 30 {
			return wrong("label " + key + " is there twice, or is one too many")
		}
		value, after, err := labelValue(strings.TrimSpace(after))
		if err != nil {
			return wrong("the value of " + key + " does not end")
		}
		labels[key] = value
		after = strings.TrimSpace(after)
		if rest, ok = strings.CutPrefix(after, ","); ok {
			rest = strings.TrimSpace(rest)
			continue
		}
		if rest, ok = strings.CutPrefix(after, "}"); !ok {
			return wrong("want , or } behind the value of " + key)
		}
		braces = false
	}
	if rest != "" {
		return wrong("there is more behind it")
	}
	return name, label.FromMap(labels), nil
}

func labelValue(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		i := strings.IndexAny(text, ",} ")
		if i <= 0 {
			return "", "", strconv.ErrSyntax
		}
		return text[:i], text[i:], nil
	}
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", "", err
	}
	value, err = strconv.Unquote(quoted)
	return value, text[len(quoted):], err
}
