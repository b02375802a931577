package incident

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// brute is the same as a policy on a group, in the plainest way: it looks at
// everything again at every moment.
type brute struct {
	conds      []bruteCond
	tree       node
	after      int
	count      int // of the first condition's series that have to hold
	open       bool
	pending    bool
	recovering int // since when nothing holds, s; -1: something does
	story      []string
}

type bruteCond struct {
	above, until, hold float64
	began              map[string]int // by host, s
}

// node combines conditions; at_least n of its children, a leaf has none.
type node struct {
	least int
	leaf  int
	of    []node
}

func (n node) holds(leaf func(int) bool) bool {
	if len(n.of) == 0 {
		return leaf(n.leaf)
	}
	holding := 0
	for _, c := range n.of {
		if c.holds(leaf) {
			holding++
		}
	}
	return holding >= n.least
}

func (n node) yaml(conds []string) string {
	if len(n.of) == 0 {
		return conds[n.leaf]
	}
	parts := make([]string, len(n.of))
	for i, c := range n.of {
		parts[i] = c.yaml(conds)
	}
	list := "[" + strings.Join(parts, ", ") + "]"
	switch n.least {
	case len(n.of):
		return "{all: " + list + "}"
	case 1:
		return "{any: " + list + "}"
	}
	return fmt.Sprintf("{at_least: {count: %d, of: %s}}", n.least, list)
}

func (b *brute) sample(now, cond int, host string, v float64) {
	c := &b.conds[cond]
	_, was := c.began[host]
	switch holds := v > c.above || was && v > c.until; {
	case holds && !was:
		c.began[host] = now
	case !holds:
		delete(c.began, host)
	}
	b.look(now)
}

func (b *brute) look(now int) {
	bits := func(mature bool) func(int) bool {
		return func(i int) bool {
			n := 0
			for _, since := range b.conds[i].began {
				if !mature || float64(now-since) >= b.conds[i].hold {
					n++
				}
			}
			if i == 0 {
				return n > b.count
			}
			return n > 0
		}
	}
	holds := b.tree.holds(bits(false))
	mature := holds && b.tree.holds(bits(true))
	switch {
	case b.open && holds:
		b.recovering = -1
	case b.open:
		if b.recovering < 0 {
			b.recovering = now
		}
		if now >= b.recovering+b.after {
			b.open, b.recovering = false, -1
			b.story = append(b.story, fmt.Sprintf("%d over", now))
		}
	case mature:
		b.open, b.pending, b.recovering = true, false, -1
		b.story = append(b.story, fmt.Sprintf("%d open", now))
	default:
		b.pending = holds
	}
}

// for, until, recover.after, by, count and every nesting of all, any and at_least
// come to what looking at everything again comes to; samples that are late or
// double change nothing, and neither does a restart.
func TestWhatEveryPolicyComesTo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		hosts := []string{"a"}
		if rapid.Bool().Draw(r, "wide") {
			hosts = []string{"a", "b", "c"}
		}
		metrics := []string{"m", "n", "o"}
		b := &brute{recovering: -1, after: 10 * rapid.IntRange(0, 4).Draw(r, "after")}
		if len(hosts) > 1 {
			b.count = rapid.IntRange(0, 2).Draw(r, "count")
		}
		var texts []string
		for i := range metrics {
			c := bruteCond{above: 50, until: float64(rapid.IntRange(30, 50).Draw(r, "until")), hold: float64(10 * rapid.IntRange(0, 4).Draw(r, "for")), began: map[string]int{}}
			b.conds = append(b.conds, c)
			more := ""
			if i == 0 && b.count > 0 {
				more = fmt.Sprintf(", count: {above: %d}", b.count)
			}
			texts = append(texts, fmt.Sprintf("{metric: %s, above: 50, until: %g, for: %gs%s}", metrics[i], c.until, c.hold, more))
		}
		b.tree = drawTree(r, []int{0, 1, 2})
		by := ""
		if len(hosts) > 1 {
			by = "by: [service], "
		}
		s := newSim(t, fmt.Sprintf("[{name: p, %swhen: %s, recover: {after: %ds}}]", by, b.tree.yaml(texts), b.after))
		start := s.now
		values := map[string]float64{}
		for step := range rapid.IntRange(5, 40).Draw(r, "steps") {
			s.advance(10 * sec)
			now := 10 * (step + 1)
			b.look(now)
			for _, h := range hosts {
				for i, m := range metrics {
					key := m + "{service=s,host=" + h + "}"
					if len(hosts) == 1 {
						key = m + "{host=a}"
					}
					if _, ok := values[key]; !ok || rapid.IntRange(0, 3).Draw(r, "change") == 0 {
						values[key] = float64(rapid.IntRange(20, 80).Draw(r, "value"))
					}
					s.send(key, values[key], 0)
					b.sample(now, i, h, values[key])
					switch rapid.IntRange(0, 12).Draw(r, "odd") {
					case 0:
						s.send(key, 100-values[key], 5*sec)
					case 1:
						s.send(key, 100-values[key], 0)
					}
				}
			}
			if rapid.IntRange(0, 9).Draw(r, "restart") == 0 {
				s.restart()
			}
		}
		var story []string
		for _, c := range s.changes {
			at := int(c.At.AsTime().Sub(start) / time.Second)
			switch {
			case c.State == eventv1.IncidentState_INCIDENT_STATE_OPEN && c.Reason != eventv1.IncidentReason_INCIDENT_REASON_UPDATED:
				story = append(story, fmt.Sprintf("%d open", at))
			case c.State == eventv1.IncidentState_INCIDENT_STATE_RESOLVED && c.OpenedAt != nil:
				story = append(story, fmt.Sprintf("%d over", at))
			}
		}
		if got, want := strings.Join(story, ", "), strings.Join(b.story, ", "); got != want {
			r.Fatalf("%s\ngot  %s\nwant %s", b.tree.yaml(texts), got, want)
		}
	})
}

// drawTree draws a combination of these leaves, each once or more.
func drawTree(r *rapid.T, leaves []int) node {
	if len(leaves) == 1 {
		return node{leaf: leaves[0]}
	}
	cut := rapid.IntRange(1, len(leaves)-1).Draw(r, "cut")
	var of []node
	if rapid.Bool().Draw(r, "flat") {
		for _, l := range leaves {
			of = append(of, node{leaf: l})
		}
	} else {
		of = []node{drawTree(r, leaves[:cut]), drawTree(r, leaves[cut:])}
	}
	return node{of: of, least: rapid.IntRange(1, len(of)).Draw(r, "least")}
}
