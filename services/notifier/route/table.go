package route

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
	"github.com/parley-ops/parley/services/notifier/oncall"
)

// Table says where incidents are told. The zero value tells them nowhere: make
// it by New or Parse.
type Table struct {
	routes   []*Route
	fallback string
	subs     []Subscription
	// Oncall are the rotations, in the file's order.
	Oncall []oncall.Rotation
	// Dependencies say what is not told while its cause is open.
	Dependencies noise.Dependencies
	// Subscribers may subscribe channels: the file's who_may_subscribe.
	Subscribers []string
}

// Route is one node of the tree, with what it inherited.
type Route struct {
	// Name is the route's own, else its place in the file: "route 2.1".
	Name string
	// Line of the file that it begins at.
	Line       int
	Matchers   label.Matchers
	Channels   []string
	BySeverity map[string][]string
	Continue   bool
	Plan       Plan
	Routes     []*Route
}

// Plan is what a route asks for beside channels. It is kept in records, as it
// was when an incident was first told in a channel.
type Plan struct {
	// Route names the route, for people.
	Route string `json:"route,omitempty"`
	// Mention is whom a message names, by severity.
	Mention map[string][]string `json:"mention,omitempty"`
	// Remind is how often to remind while nobody acknowledges; 0 is never.
	Remind time.Duration `json:"remind,omitempty"`
	// Escalate is what is done while nobody acknowledges, by time.
	Escalate []Step `json:"escalate,omitempty"`
	// AckExpires is how long an acknowledgement holds; 0 is to the end.
	AckExpires time.Duration `json:"ack_expires,omitempty"`
	Quiet      *Quiet        `json:"quiet,omitempty"`
	Limit      *Limit        `json:"limit,omitempty"`
	// Group says which incidents are one message, Flap which come and go too
	// often; nil: as where nothing is said.
	Group *noise.Group `json:"-"`
	Flap  *noise.Flap  `json:"-"`
}

// Step is one step of an escalation.
type Step struct {
	// After is how long after the first message.
	After    time.Duration `json:"after"`
	Mention  []string      `json:"mention,omitempty"`
	Channels []string      `json:"channels,omitempty"`
}

// Limit is how many new messages a channel takes in a time.
type Limit struct {
	Messages int           `json:"messages"`
	Per      time.Duration `json:"per"`
}

// Mentions returns whom to name at a severity.
func (p *Plan) Mentions(severity string) []string {
	if p == nil {
		return nil
	}
	return p.Mention[severity]
}

// QuietAt reports whether it is quiet at this time for a severity, and until
// when.
func (p *Plan) QuietAt(now time.Time, severity string) (until time.Time, quiet bool) {
	if p == nil || p.Quiet == nil {
		return time.Time{}, false
	}
	return p.Quiet.At(now, severity)
}

// Subscription is a route that somebody added at run time.
type Subscription struct {
	ID string `json:"id"`
	// Channel is told, of what Matchers (as people write them: "team=shop")
	// match.
	Channel  string         `json:"channel"`
	Matchers []string       `json:"matchers,omitempty"`
	By       string         `json:"by"`
	At       time.Time      `json:"at"`
	matchers label.Matchers // parsed
}

// New returns the table in which everything goes to fallback.
func New(fallback string) Table { return Table{fallback: fallback, Subscribers: []string{"@ops"}} }

// With returns the table with these subscriptions. Those that cannot be read
// are left out.
func (t Table) With(subs []Subscription) Table {
	t.subs = nil
	for _, s := range subs {
		ms, err := label.ParseMatchers(s.Matchers)
		if err != nil || s.Channel == "" {
			continue
		}
		s.matchers = ms
		t.subs = append(t.subs, s)
	}
	return t
}

// Default returns the channel for what no route takes.
func (t Table) Default() string { return t.fallback }

// Routes returns the tree's first level. It must not be changed.
func (t Table) Routes() []*Route { return t.routes }

// Subscriptions returns what was added at run time.
func (t Table) Subscriptions() []Subscription { return t.subs }

// Names returns every channel that the table's file names, each once.
func (t Table) Names() []string {
	out := []string{t.fallback}
	var walk func([]*Route)
	walk = func(routes []*Route) {
		for _, r := range routes {
			out = append(out, r.Channels...)
			for _, severity := range slices.Sorted(maps.Keys(r.BySeverity)) {
				out = append(out, r.BySeverity[severity]...)
			}
			for _, s := range r.Plan.Escalate {
				out = append(out, s.Channels...)
			}
			walk(r.Routes)
		}
	}
	walk(t.routes)
	return tidy(out)
}

// tidy returns the names that are some, each once.
func tidy(names []string) []string {
	var out []string
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" && n != "#" && n != "@" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// Asks reports whether the plan asks for anything.
func (p *Plan) Asks() bool {
	return len(p.Mention) > 0 || p.Quiet != nil || p.Limit != nil || p.Timed()
}

// Timed reports whether something may be due by time alone.
func (p *Plan) Timed() bool { return p.Remind > 0 || len(p.Escalate) > 0 || p.AckExpires > 0 }
