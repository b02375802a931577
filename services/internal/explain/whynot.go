package explain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/nearest"
)

// Question is what somebody asks: why has the policy no incident for what
// matches, or for the resource that has this word among its labels?
type Question struct {
	Policy   string
	Matchers label.Matchers
	// Resource is a label's value, or a part of one; may be empty.
	Resource string
	// Routing says where an incident would be told and what it would follow from;
	// without it that is not said.
	Routing Routing
}

// Not says why a policy has no incident, or that it has one.
type Not struct {
	Policy string `json:"policy"`
	// Answer is the finding in a sentence.
	Answer string `json:"answer"`
	// Why is its kind.
	Why      Reason   `json:"why"`
	Nearest  string   `json:"nearest,omitempty"`
	Revision uint64   `json:"policy_revision,omitempty"`
	Scope    string   `json:"scope,omitempty"`
	By       []string `json:"by,omitempty"`
	Matchers string   `json:"matchers,omitempty"`
	// Combination is how the conditions combine: "all", "any"; "" for one.
	Combination string      `json:"combination,omitempty"`
	Conditions  []Condition `json:"conditions"`
	// Incidents of the policy that match, pending or open.
	Incidents []Found `json:"incidents"`
	// Silences that keep messages of this policy back now.
	Silences []Silencing `json:"silences"`
	// Severity is the policy's, and Destinations are where an incident would be
	// told if it opened now.
	Severity     string        `json:"severity,omitempty"`
	Destinations []Destination `json:"destinations,omitempty"`
	// Follows are the causes by which it would be held back.
	Follows []*Follow `json:"follows,omitempty"`
	// Silent is how many partitions did not answer.
	Silent int `json:"partitions_without_answer,omitempty"`
}

// Reason is why there is no incident.
type Reason string

// The reasons.
const (
	NoPolicy    Reason = "no_policy"
	Disabled    Reason = "disabled"
	IsOpen      Reason = "open"
	IsPending   Reason = "pending"
	IsDismissed Reason = "dismissed"
	NoResource  Reason = "no_resource"
	NoData      Reason = "no_data"
	OutOfScope  Reason = "out_of_scope"
	NotHolding  Reason = "not_holding"
	NotTogether Reason = "not_together"
	NotInForce  Reason = "not_in_force"
)

// Condition is one condition of the policy and where it stands.
type Condition struct {
	Metric     string  `json:"metric"`
	Text       string  `json:"text"`
	ForSeconds float64 `json:"for_seconds,omitempty"`
	InScope    uint32  `json:"in_scope"`
	OutOfScope uint32  `json:"out_of_scope"`
	// KeptOutBy is the matcher of the scope that keeps Outsider out.
	KeptOutBy string            `json:"kept_out_by,omitempty"`
	Outsider  map[string]string `json:"outsider,omitempty"`
	Series    []Series          `json:"series"`
}

// Series is a condition on one series.
type Series struct {
	Labels    map[string]string `json:"labels"`
	Value     float64           `json:"value"`
	Unit      string            `json:"unit,omitempty"`
	At        time.Time         `json:"at"`
	Holds     bool              `json:"holds"`
	Since     *time.Time        `json:"since,omitempty"`
	Threshold *float64          `json:"threshold,omitempty"`
	// Silent: no data came for so long that nothing is judged.
	Silent bool `json:"silent"`
	// Lacks is the other metric that has no value to compare with.
	Lacks string `json:"lacks,omitempty"`
	// NotLearned is the maintenance window in which the value teaches nothing.
	NotLearned string `json:"not_learned,omitempty"`
}

// Found is an incident of the policy.
type Found struct {
	ID     string            `json:"id"`
	State  string            `json:"state"`
	Labels map[string]string `json:"labels"`
	Began  *time.Time        `json:"began,omitempty"`
	Opened *time.Time        `json:"opened,omitempty"`
	// Told says where an open one is told; Held that it is not told by itself.
	Told []string `json:"told,omitempty"`
	Held bool     `json:"held,omitempty"`
	// Suppressed is why it is not told, not everywhere or not at once, now.
	Suppressed []Suppressed `json:"suppressed,omitempty"`

	previous string // the incident before
}

// mostSeries is how many series of a condition are asked for.
const mostSeries = 100

// ErrNoAnswer is what WhyNot returns when no evaluator answers.
var ErrNoAnswer = errors.New("no evaluator answers at the moment")

// WhyNot finds out why a policy has no incident. ctx bounds how long the
// evaluators may take.
func WhyNot(ctx context.Context, conn *bus.Conn, q Question) (*Not, error) {
	n := &Not{Policy: q.Policy, Conditions: []Condition{}, Incidents: []Found{}, Silences: []Silencing{}}
	e, err := bus.Policies.Get(ctx, conn, bus.Token(q.Policy))
	if errors.Is(err, bus.ErrNotFound) {
		return n, n.noPolicy(ctx, conn)
	}
	if err != nil {
		return nil, err
	}
	n.Revision = e.Revision
	if q.Resource != "" {
		found, err := resource(ctx, conn, q)
		if err != nil {
			return nil, err
		}
		if found == nil {
			n.Why, n.Answer = NoResource, fmt.Sprintf("Nothing that %s looks at has %q among its labels.", q.Policy, q.Resource)
			return n, nil
		}
		q.Matchers = append(slices.Clone(q.Matchers), *found)
	}
	n.Matchers = q.Matchers.String()
	answers, err := bus.QueryAll(ctx, conn, &eventv1.Query{Query: &eventv1.Query_Explain{Explain: &eventv1.ExplainQuery{
		Policy: q.Policy, Matchers: q.Matchers.Proto(), MaxSeries: mostSeries}}})
	if len(answers) == 0 {
		return nil, errors.Join(ErrNoAnswer, err)
	}
	n.Silent = bus.Partitions - len(answers)
	all := merge(answers)
	n.take(all, time.Now())
	if err := n.held(ctx, conn, q, openings(q, all), time.Now()); err != nil {
		return nil, err
	}
	n.judge(all, time.Now())
	return n, nil
}

// held finds what would hold back what opens, and holds back what is open.
func (n *Not) held(ctx context.Context, conn *bus.Conn, q Question, would []Opening, now time.Time) (err error) {
	if n.Silences, err = silences(ctx, conn, q, would[0], now); err != nil {
		return err
	}
	if n.Severity != "" && q.Routing != nil {
		if n.Destinations, err = destinations(ctx, conn, q, would[0], now); err != nil {
			return err
		}
		if n.Follows, err = follows(ctx, conn, q, would, now); err != nil {
			return err
		}
	}
	return n.standing(ctx, conn)
}

// noPolicy names the nearest policy.
func (n *Not) noPolicy(ctx context.Context, conn *bus.Conn) error {
	all, err := bus.Policies.List(ctx, conn)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Key)
	}
	n.Why, n.Nearest, n.Answer = NoPolicy, nearest.To(n.Policy, names), fmt.Sprintf("There is no policy %q.", n.Policy)
	if n.Nearest != "" {
		n.Answer += fmt.Sprintf(" Did you mean %q?", n.Nearest)
	}
	return nil
}

// resource finds the label that a word is the value of: exactly, else at the
// beginning, else anywhere; among the series that the policy looks at. nil if
// there is none.
func resource(ctx context.Context, conn *bus.Conn, q Question) (*label.Matcher, error) {
	answers, err := bus.QueryAll(ctx, conn, &eventv1.Query{Query: &eventv1.Query_Explain{Explain: &eventv1.ExplainQuery{
		Policy: q.Policy, Matchers: q.Matchers.Proto(), MaxSeries: 1000}}})
	if len(answers) == 0 {
		return nil, errors.Join(ErrNoAnswer, err)
	}
	all := merge(answers)
	var refs []*eventv1.SeriesRef
	for _, c := range all.GetConditions() {
		for _, s := range c.GetSeries() {
			refs = append(refs, s.GetSeries())
		}
		// Also what the scope leaves out: that may be why.
		h, _ := bus.QueryAll(ctx, conn, &eventv1.Query{Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{
			Name: c.GetMetric(), Matchers: q.Matchers.Proto(), NamesOnly: true, MaxSeries: 1000}}})
		for _, a := range h {
			for _, s := range a.GetSeries() {
				refs = append(refs, s.GetSeries())
			}
		}
	}
	for _, fits := range []func(v, w string) bool{func(v, w string) bool { return v == w }, strings.HasPrefix, strings.Contains} {
		for _, r := range refs {
			for _, l := range r.GetLabels() {
				if l.GetName() != label.Team && fits(strings.ToLower(l.GetValue()), strings.ToLower(q.Resource)) {
					m, err := label.NewMatcher(l.GetName(), label.Equal, l.GetValue())
					return &m, err
				}
			}
		}
	}
	return nil, nil
}

// merge joins what the partitions say.
func merge(answers []*eventv1.QueryAnswer) *eventv1.Explanation {
	all := &eventv1.Explanation{}
	for _, a := range answers {
		e := a.GetExplanation()
		switch {
		case !e.GetKnown():
			continue
		case !all.Known:
			all = e
			continue
		}
		all.Incidents, all.Dismissed = append(all.Incidents, e.GetIncidents()...), append(all.Dismissed, e.GetDismissed()...)
		if len(all.Conditions) == 0 {
			all.Conditions = e.Conditions
			continue
		}
		for i, c := range e.GetConditions() {
			if i >= len(all.Conditions) || all.Conditions[i].Metric != c.Metric {
				break // of another version of the policy, for a moment
			}
			x := all.Conditions[i]
			x.Series = append(x.Series, c.Series...)
			x.InScope, x.OutOfScope = x.InScope+c.InScope, x.OutOfScope+c.OutOfScope
			if x.Outsider == nil {
				x.Outsider, x.KeptOutBy = c.Outsider, c.KeptOutBy
			}
		}
	}
	for _, c := range all.Conditions {
		slices.SortStableFunc(c.Series, func(a, b *eventv1.ExplainedSeries) int {
			return cmp.Or(holdsFirst(a, b), distance(a, b))
		})
	}
	return all
}

func holdsFirst(a, b *eventv1.ExplainedSeries) int {
	switch {
	case a.Holds && !b.Holds:
		return -1
	case b.Holds && !a.Holds:
		return 1
	}
	return 0
}

// distance puts what is nearer to its threshold first.
func distance(a, b *eventv1.ExplainedSeries) int {
	if !a.HasThreshold || !b.HasThreshold {
		return 0
	}
	return cmp.Compare(abs(a.Value-a.Threshold), abs(b.Value-b.Threshold))
}

func abs(v float64) float64 { return max(v, -v) }
