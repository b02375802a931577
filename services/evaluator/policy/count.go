package policy

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/unit"
)

// Count makes a condition hold over a group when it does on more than so many of
// its series.
type Count struct {
	// Above is a number of series, or with Share a part of all in the group: 0.2
	// for 20 %.
	Above float64
	Share bool
}

// Holds reports whether that many of so many series are enough.
func (c *Count) Holds(holding, all int) bool {
	if c.Share {
		return holding > 0 && float64(holding) > c.Above*float64(all)
	}
	return float64(holding) > c.Above
}

// count reads {above: 3}, or as a share {above: 20%}.
func (r *reader) count(n *yaml.Node, what string) *Count {
	f := r.fields(n, what, []string{"above"})
	c := &Count{Share: what == "share"}
	v := f["above"]
	if v == nil {
		r.fail(n, "%s: on more than how many? want %s", what, map[string]string{"count": "{above: 3}", "share": "{above: 20%}"}[what])
		return nil
	}
	x, err := unit.Parse(v.Value)
	if c.Above = x.Value; c.Share {
		c.Above /= 100
	}
	switch {
	case err == nil && c.Share && x.Unit == "%" && x.Value >= 0 && x.Value < 100:
	case err == nil && !c.Share && x.Unit == "" && x.Value >= 0 && x.Value == float64(int(x.Value)):
	case c.Share:
		r.fail(v, "share.above: want a share from 0%% to less than 100%%")
	default:
		r.fail(v, "count.above: want a whole number of series")
	}
	return c
}

// counted checks that there is something to count: a group of several series.
func (r *reader) counted(n *yaml.Node, p *Policy) {
	for i := range p.Conditions {
		if p.ByAll && p.Conditions[i].Count != nil {
			r.fail(n, "count and share are of the series of a group: say which one, such as `by: [service]`, or `by: []` for all")
			return
		}
	}
}

func (c *Count) words() string {
	if c.Share {
		return " on more than " + unit.Format(100*c.Above, "%") + " of the series"
	}
	return " on more than " + strings.TrimSpace(unit.Format(c.Above, "")) + " series"
}
