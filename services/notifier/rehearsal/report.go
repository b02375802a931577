package rehearsal

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/route"
)

// Rules are what decides what becomes of incidents beside their policies.
type Rules struct {
	Routes   route.Table
	Silences []*eventv1.Silence
	Windows  []*eventv1.Maintenance
	// Actions are those offered, by name; nil: nobody knows them, and each is taken
	// for offered and allowed.
	Actions map[string]*eventv1.ActionDocument
	// Remedies are how often actions helped, by remedy.Key.
	Remedies map[string]*eventv1.Remedy
	// Plan returns what a run would do; nil, also its answer: nobody says so.
	Plan func(*eventv1.RunRequested) *eventv1.RunPlan
}

// Report is what would have been told and asked for.
type Report struct {
	// Incidents that people were to hear of, and Untold of them that nobody did.
	Incidents int `json:"incidents"`
	Untold    int `json:"untold"`
	// Channels by name.
	Channels []Channel `json:"channels"`
	// Held is how many incidents were held back, joined or quietened, by why:
	// silence, maintenance, dependency, flapping, quiet, group, storm, digest. One
	// may be in several.
	Held map[string]int `json:"held"`
	// Actions that run by themselves, by policy and action.
	Actions []Action `json:"actions"`
	Waste   Waste    `json:"waste"`
	// Lives of the incidents, in the order in which they opened.
	Lives []Life `json:"-"`
}

// Channel is what one channel is told.
type Channel struct {
	Name string `json:"channel"`
	// Messages are the new ones, Many of them for more than one incident.
	Messages int `json:"messages"`
	Many     int `json:"for_many"`
	Edits    int `json:"edits"`
	// Replies are those in threads; Pings of them remind or escalate.
	Replies int `json:"replies"`
	Pings   int `json:"pings"`
}

// Action is what a policy runs by itself.
type Action struct {
	Policy string `json:"policy"`
	Name   string `json:"action"`
	// Asked is how often it is asked for, Limited how often not for its limit of
	// runs an hour, Refused how often not for another reason, Why for the last.
	Asked   int    `json:"asked"`
	Limited int    `json:"limited"`
	Refused int    `json:"refused"`
	Why     string `json:"why,omitempty"`
	// Runs are the first of those asked for.
	Runs []Run `json:"runs"`
}

// Run is one run that is asked for.
type Run struct {
	At time.Time `json:"at"`
	// Plan says what it would do: the actioner's words, else the action and what the
	// incident is about.
	Plan string `json:"plan"`
}

// Waste is what incidents find that is paid for and not used.
type Waste struct {
	// Resources found, Unpriced of them of unknown price; USDMonth is what the
	// others cost a month at list price, Acted of that what actions by themselves
	// are asked for.
	Resources int     `json:"resources"`
	Unpriced  int     `json:"unpriced"`
	USDMonth  float64 `json:"usd_month"`
	Acted     float64 `json:"acted_usd_month"`
}

// Messages returns the new messages in all channels.
func (r *Report) Messages() int {
	n := 0
	for _, c := range r.Channels {
		n += c.Messages
	}
	return n
}
