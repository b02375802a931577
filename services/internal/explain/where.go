package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// Opening is an incident of the policy, if it opened now.
type Opening struct {
	// Labels are what matchers see, with policy, severity and team.
	Labels label.Set
	// Severity is info, warning or critical.
	Severity string
	// Channels are the policy's own.
	Channels []string
}

// Destination is a channel in which an incident would be told.
type Destination struct {
	Channel string `json:"channel"`
	// Why it would be, and by which routes, from the top.
	Why  string   `json:"why"`
	Path []string `json:"path"`
	// QuietUntil is when the quiet hours end that it is in; Held: the first
	// message waits for that, else it names nobody.
	QuietUntil *time.Time `json:"quiet_until,omitempty"`
	Held       bool       `json:"held"`
	// Limit is how many new messages the channel takes in PerSeconds, and
	// Messages how many it had.
	Limit      int     `json:"limit,omitempty"`
	PerSeconds float64 `json:"per_seconds,omitempty"`
	Messages   int     `json:"messages,omitempty"`
	// Together is what incidents have in common that are one message there, and
	// Joins the incident whose message it would be in now.
	Together string `json:"together,omitempty"`
	Joins    string `json:"joins,omitempty"`
	// Key is the same as Together, for the notifiers.
	Key string `json:"-"`
}

// Routing says what the routes make of an incident that opens at a time.
type Routing interface {
	// Explained says where it would be told.
	Explained(Opening, time.Time) []Destination
	// Follows says which of the causes it would follow from, if any.
	Follows(o Opening, causes []*eventv1.IncidentChanged, at time.Time) (Cause, bool)
}

// mostOpenings is how many groups of a policy are looked at.
const mostOpenings = 100

// openings are what incidents would be, as far as is known: of each group, that
// of the series which comes first at the beginning; else of what was asked about.
func openings(q Question, e *eventv1.Explanation) []Opening {
	var out []Opening
	seen := map[string]bool{}
	add := func(series []*eventv1.Label) {
		o := opening(q, e, series)
		if key := o.Labels.String(); !seen[key] && len(out) < mostOpenings {
			seen[key] = true
			out = append(out, o)
		}
	}
	for _, c := range e.GetConditions() {
		for _, s := range c.GetSeries() {
			add(s.GetSeries().GetLabels())
		}
		if len(out) > 0 { // the other conditions are on the same groups
			return out
		}
	}
	add(nil)
	return out
}

func opening(q Question, e *eventv1.Explanation, series []*eventv1.Label) Opening {
	o := Opening{Severity: severity(e), Channels: e.GetChannels()}
	known := label.FromProto(series).Map()
	for _, m := range q.Matchers {
		if m.Op == label.Equal {
			known[m.Label] = m.Value
		}
	}
	if len(e.GetBy()) > 0 {
		known = label.FromMap(known).Pick(append([]string{label.Team}, e.GetBy()...)).Map()
	}
	for _, l := range e.GetPolicyLabels() {
		if _, own := known[l.GetName()]; !own {
			known[l.GetName()] = l.GetValue()
		}
	}
	known["policy"], known["severity"] = q.Policy, o.Severity
	o.Labels = label.FromMap(known)
	return o
}

func severity(e *eventv1.Explanation) string {
	return strings.ToLower(strings.TrimPrefix(e.GetSeverity().String(), "SEVERITY_"))
}

// posted is what notifiers agree on of a channel's new messages of late.
type posted struct {
	Posts []struct{ At time.Time }
}

// destinations says where the incident would be told now.
func destinations(ctx context.Context, conn *bus.Conn, q Question, o Opening, now time.Time) ([]Destination, error) {
	all := q.Routing.Explained(o, now)
	for i := range all {
		d := &all[i]
		if err := d.join(ctx, conn, now); err != nil {
			return nil, err
		}
		if d.Limit == 0 {
			continue
		}
		e, err := bus.NotifierNotes.Get(ctx, conn, "limit."+bus.Token(d.Channel))
		if errors.Is(err, bus.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var p posted
		if err := json.Unmarshal(e.Value, &p); err != nil {
			return nil, fmt.Errorf("what was told in %s of late: %w", d.Channel, err)
		}
		for _, post := range p.Posts {
			if now.Sub(post.At).Seconds() < d.PerSeconds {
				d.Messages++
			}
		}
	}
	return all, nil
}

// words says where and by what, and what would hold it back there.
func (d *Destination) words(critical bool, clock Clock) string {
	text := d.Channel + ": " + d.Why
	if len(d.Path) > 1 {
		text += " (" + strings.Join(d.Path, " › ") + ")"
	}
	switch {
	case d.QuietUntil == nil:
	case d.Held:
		text += "; it waits for the end of the quiet hours, " + clock(*d.QuietUntil)
	default:
		text += "; it names nobody in the quiet hours, until " + clock(*d.QuietUntil)
	}
	switch {
	case d.Joins != "":
		return text + "; in the message of " + cut(d.Joins) + ", with all of " + d.Together
	case d.Together != "":
		text += "; what comes later of " + d.Together + " joins its message"
	}
	if d.Limit == 0 {
		return text
	}
	per := unit.Duration(time.Duration(d.PerSeconds * float64(time.Second)))
	if d.Messages >= d.Limit && !critical {
		return text + fmt.Sprintf("; in the channel's digest, because it takes %s in %s and has had %s",
			pick(d.Limit == 1, "1 new message", fmt.Sprintf("%d new messages", d.Limit)), per, pick(d.Limit == 1, "it", "them"))
	}
	return text + fmt.Sprintf("; %d of %d new messages in %s are used", d.Messages, d.Limit, per)
}
