package explain

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Cause is what an incident would follow from.
type Cause struct {
	Incident *eventv1.IncidentChanged
	// Until is when it ends to hold back what follows; zero: while it is open.
	Until time.Time
	// Rule is the dependency, in words.
	Rule string
}

// Follow is a cause that keeps incidents of the policy back now.
type Follow struct {
	Incident string     `json:"incident"`
	Policy   string     `json:"policy"`
	Finding  string     `json:"finding"`
	Since    *time.Time `json:"since,omitempty"`
	// Ended is when it was over, and Until when what follows is told.
	Ended *time.Time `json:"ended,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	Rule  string     `json:"rule"`
	// Told says where the cause is told.
	Told []string `json:"told"`
	// Of are the labels of what it keeps back; Others is how many groups more
	// the policy has.
	Of     []map[string]string `json:"of"`
	Others int                 `json:"others,omitempty"`
}

// follows returns the causes by which what opens now would be held back: the
// one of the first opening first.
func follows(ctx context.Context, conn *bus.Conn, q Question, all []Opening, now time.Time) ([]*Follow, error) {
	entries, err := bus.IncidentCauses.List(ctx, conn)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	var causes []*eventv1.IncidentChanged
	for _, e := range entries {
		causes = append(causes, e.Value)
	}
	var out []*Follow
	byID := map[string]*Follow{}
	for _, o := range all {
		cause, ok := q.Routing.Follows(o, causes, now)
		if !ok {
			continue
		}
		c := cause.Incident
		f := byID[c.GetId()]
		if f == nil {
			f = &Follow{Incident: c.GetId(), Policy: c.GetPolicy(), Finding: cmp.Or(c.GetSummary(), c.GetPolicy()), Since: at(c.GetOpenedAt()),
				Until: unlessZero(cause.Until), Rule: cause.Rule}
			if f.Until != nil {
				f.Ended = at(c.GetResolvedAt())
			}
			if f.Told, err = toldOf(ctx, conn, c.GetId()); err != nil {
				return nil, err
			}
			byID[c.GetId()] = f
			out = append(out, f)
		}
		of := o.Labels.Map()
		delete(of, "policy")
		delete(of, "severity")
		f.Of = append(f.Of, of)
	}
	for _, f := range out {
		f.Others = len(all) - len(f.Of)
	}
	return out, nil
}

// toldOf says in words where an incident is told.
func toldOf(ctx context.Context, conn *bus.Conn, id string) ([]string, error) {
	var w Why
	err := w.recorded(ctx, conn, id)
	return w.toldText(), err
}

// cause says in a clause what it is.
func (f *Follow) cause(clock Clock) string {
	text := fmt.Sprintf("incident %s “%s” (policy %s)", cut(f.Incident), f.Finding, f.Policy)
	switch {
	case f.Ended != nil:
		text += ", which ended " + clock(*f.Ended) + "; what is still open " + clock(*f.Until) + " is told then"
	case f.Since != nil:
		text += ", open since " + clock(*f.Since)
	}
	return text
}

// rows say what holds back, by which rule, and where the cause is told.
func (f *Follow) rows(clock Clock) []Row {
	what := "what opens now"
	if f.Others > 0 {
		what += " on " + listed(f.Of)
	}
	out := []Row{{"held back", what + " follows from " + f.cause(clock)}, {"", "by the dependency: " + f.Rule}}
	for _, t := range f.Told {
		out = append(out, Row{"", "the cause is told in " + t})
	}
	return out
}

// listed writes the first few label sets.
func listed(all []map[string]string) string {
	var parts []string
	for i, m := range all {
		if i == shownSeries {
			parts = append(parts, fmt.Sprintf("%d more", len(all)-i))
			break
		}
		parts = append(parts, braces(m))
	}
	return strings.Join(parts, ", ")
}

// standing adds to the incidents that are open what became of their
// notifications, and to those about to open whether they flap.
func (n *Not) standing(ctx context.Context, conn *bus.Conn) error {
	for i := range n.Incidents[:min(len(n.Incidents), shownSeries)] {
		f := &n.Incidents[i]
		if f.State == "pending" {
			if err := f.flaps(ctx, conn); err != nil {
				return err
			}
			continue
		}
		var w Why
		if err := w.recorded(ctx, conn, f.ID); err != nil {
			return err
		}
		f.Told, f.Held = w.toldText(), w.Held
		for _, s := range w.Suppressed {
			if s.Over == nil {
				f.Suppressed = append(f.Suppressed, s)
			}
		}
	}
	return nil
}

// flaps says of an incident that is about to open that it goes on with one that
// comes and goes.
func (f *Found) flaps(ctx context.Context, conn *bus.Conn) error {
	if f.previous == "" {
		return nil
	}
	n, err := noteOf(ctx, conn, f.previous)
	if err != nil || n == nil || n.Flap == nil || n.Flap.Since.IsZero() || !n.Flap.Over.IsZero() {
		return err
	}
	f.Suppressed = append(f.Suppressed, Suppressed{Kind: "flapping", At: n.Flap.Since,
		Text: fmt.Sprintf("it flaps, opened %d times so far: it will be told in the message that is there, and nobody is told anew", n.Flap.Count)})
	return nil
}

// keptBack says in a sentence why nobody is told of an open incident; "" if it
// is told.
func (f *Found) keptBack() string {
	if !f.Held {
		return ""
	}
	for _, s := range f.Suppressed {
		if s.Channel == "" {
			return " It is held back and not told by itself: " + s.Text + "."
		}
	}
	return " It is held back, so that nobody is told."
}
