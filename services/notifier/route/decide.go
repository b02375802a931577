package route

import (
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// Incident is what of an incident decides where it is told.
type Incident struct {
	// Labels are what matchers see, with policy, severity and team.
	Labels label.Set
	// Severity is info, warning or critical.
	Severity string
	// Channels are the policy's own.
	Channels []string
}

// Of returns what of an incident decides where it is told.
func Of(c *eventv1.IncidentChanged) Incident {
	return Incident{Labels: silence.Labels(c), Severity: silence.Severity(c.GetSeverity()), Channels: c.GetChannels()}
}

// Delivery is one channel that is told, and how.
type Delivery struct {
	Channel string
	Plan
	// Mentions are named in the first message now: none in quiet hours.
	Mentions []string
	// QuietUntil is when the quiet hours end that it is in; zero: in none.
	QuietUntil time.Time
	// Held: the first message waits for that.
	Held bool
	// Path are the routes taken, from the top; Why says it in words.
	Path []string
	Why  string
}

// Decide returns where and how an incident is told that opens now: at least one
// channel, each once.
func (t Table) Decide(in Incident, now time.Time) []Delivery {
	leaves := walk(t.routes, in.Labels, nil)
	var out []Delivery
	add := func(channel string, plan Plan, path []string, why string) {
		if slices.ContainsFunc(out, func(d Delivery) bool { return d.Channel == channel }) {
			return
		}
		d := Delivery{Channel: channel, Plan: plan, Path: path, Why: why, Mentions: plan.Mention[in.Severity]}
		if until, quiet := plan.QuietAt(now, in.Severity); quiet {
			d.QuietUntil, d.Held, d.Mentions = until, plan.Quiet.Hold, nil
		}
		out = append(out, d)
	}
	if own := tidy(in.Channels); len(own) > 0 {
		for _, ch := range own {
			l, found := naming(leaves, ch, in.Severity)
			if !found {
				add(ch, Plan{}, nil, "its policy names "+ch)
				continue
			}
			add(ch, l.route.Plan, l.path, "its policy names "+ch+"; how it is told there says "+l.route.Name)
		}
	} else {
		for _, l := range leaves {
			channels := l.route.to(in.Severity)
			why := l.route.Name + " matches"
			if len(channels) == 0 {
				channels, why = []string{t.fallback}, l.route.Name+" matches and names no channel: the default is "+t.fallback
			}
			for _, ch := range channels {
				add(ch, l.route.Plan, l.path, why)
			}
		}
	}
	for _, s := range t.subs {
		if s.matchers.Match(in.Labels) {
			add(s.Channel, Plan{Route: "subscription " + s.ID}, nil, s.By+" subscribed it")
		}
	}
	if len(leaves) == 0 && len(tidy(in.Channels)) == 0 {
		add(t.fallback, Plan{}, nil, "no route matches: the default is "+t.fallback)
	}
	return out
}

// leaf is a route that decides, with those that led there.
type leaf struct {
	route *Route
	path  []string
}

func walk(routes []*Route, labels label.Set, path []string) []leaf {
	var out []leaf
	for _, r := range routes {
		if !r.Matchers.Match(labels) {
			continue
		}
		here := append(slices.Clone(path), r.Name)
		if below := walk(r.Routes, labels, here); len(below) > 0 {
			out = append(out, below...)
		} else {
			out = append(out, leaf{r, here})
		}
		if !r.Continue {
			break
		}
	}
	return out
}

// naming returns the leaf that says how a channel is told: one that names it,
// else the first.
func naming(leaves []leaf, channel, severity string) (leaf, bool) {
	if len(leaves) == 0 {
		return leaf{}, false
	}
	for _, l := range leaves {
		if slices.Contains(l.route.to(severity), channel) {
			return l, true
		}
	}
	return leaves[0], true
}

// to returns the route's channels for a severity.
func (r *Route) to(severity string) []string {
	if to, ok := r.BySeverity[severity]; ok && len(tidy(to)) > 0 {
		return tidy(to)
	}
	return tidy(r.Channels)
}

// Channels returns where the incident is told: at least one channel.
func (t Table) Channels(c *eventv1.IncidentChanged, now time.Time) []string {
	var out []string
	for _, d := range t.Decide(Of(c), now) {
		out = append(out, d.Channel)
	}
	return out
}
