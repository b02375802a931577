package evidence

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

const (
	// Few is from how many incidents on they teach something.
	Few = 5
	// halfLife is in what time an incident that ended counts half.
	halfLife = 30 * 24 * time.Hour
	// priorWeight is how many incidents the policy's severity counts as.
	priorWeight = 4
	high, low   = 0.65, 0.3
)

// Level is how much an incident matters, going by how the ones before it ended.
type Level int

// The levels. Unknown: too few ended.
const (
	Unknown Level = iota
	Low
	Middling
	High
)

// String returns the level in a word.
func (l Level) String() string { return [...]string{"not known yet", "low", "middling", "high"}[l] }

// Importance is what past incidents say of one.
type Importance struct {
	Level Level
	// Score from 0 to 1: the estimated chance that it is worth somebody's time.
	Score float64
	// Of is how many ended; Ended how many of them in which way.
	Of    int
	Ended map[eventv1.Outcome]int
	// Here: those are of the same labels, not of the whole policy.
	Here bool
}

// Of weighs how incidents before c ended. e is the evidence of its policy, nil for
// none.
func Of(e *eventv1.Evidence, c *eventv1.IncidentChanged, now time.Time) Importance {
	var all, here []*eventv1.EndedIncident
	for _, in := range e.GetIncidents() {
		if in.GetId() == c.GetId() || in.GetOutcome() == eventv1.Outcome_OUTCOME_UNSPECIFIED || in.GetOpenedAt().AsTime().After(c.GetOpenedAt().AsTime()) {
			continue
		}
		all = append(all, in)
		if slices.EqualFunc(in.GetLabels(), c.GetLabels(), equal) {
			here = append(here, in)
		}
	}
	i := Importance{Ended: map[eventv1.Outcome]int{}}
	if len(here) >= Few {
		all, i.Here = here, true
	}
	sum, weight := priorWeight*prior(c.GetSeverity()), float64(priorWeight)
	for _, in := range all {
		age := max(0, now.Sub(in.GetResolvedAt().AsTime()))
		w := math.Exp2(-float64(age) / float64(halfLife))
		sum, weight = sum+w*worth(in.GetOutcome()), weight+w
		i.Ended[in.GetOutcome()]++
	}
	i.Of, i.Score = len(all), sum/weight
	switch {
	case i.Of < Few:
	case i.Score >= high:
		i.Level = High
	case i.Score <= low:
		i.Level = Low
	default:
		i.Level = Middling
	}
	return i
}

func equal(a, b *eventv1.Label) bool {
	return a.GetName() == b.GetName() && a.GetValue() == b.GetValue()
}

// prior is what a policy's severity says before there is any evidence.
func prior(s eventv1.Severity) float64 {
	switch s {
	case eventv1.Severity_SEVERITY_CRITICAL:
		return 0.8
	case eventv1.Severity_SEVERITY_WARNING:
		return 0.5
	}
	return 0.3
}

func worth(o eventv1.Outcome) float64 {
	switch o {
	case eventv1.Outcome_OUTCOME_USEFUL, eventv1.Outcome_OUTCOME_ACTED:
		return 1
	case eventv1.Outcome_OUTCOME_ACKNOWLEDGED:
		return 0.8
	case eventv1.Outcome_OUTCOME_IGNORED:
		return 0.2
	}
	return 0
}

// endings in words, the best first.
var endings = []struct {
	outcome   eventv1.Outcome
	one, many string
}{
	{eventv1.Outcome_OUTCOME_USEFUL, "was called useful", "were called useful"},
	{eventv1.Outcome_OUTCOME_ACTED, "was acted on", "were acted on"},
	{eventv1.Outcome_OUTCOME_ACKNOWLEDGED, "was acknowledged", "were acknowledged"},
	{eventv1.Outcome_OUTCOME_IGNORED, "went away unheeded", "went away unheeded"},
	{eventv1.Outcome_OUTCOME_NOISE, "was called noise", "were called noise"},
}

// Words explains the level to people: "high: of the last 12 here 9 were acted on, 3
// went away unheeded"; "" while it is not known.
func (i Importance) Words() string {
	if i.Level == Unknown {
		return ""
	}
	var parts []string
	for _, e := range endings {
		switch n := i.Ended[e.outcome]; n {
		case 0:
		case 1:
			parts = append(parts, "1 "+e.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, e.many))
		}
	}
	where := "of this policy"
	if i.Here {
		where = "here"
	}
	if len(parts) == 1 && i.Of > 1 {
		_, what, _ := strings.Cut(parts[0], " ")
		return fmt.Sprintf("%s: the last %d %s all %s", i.Level, i.Of, where, what)
	}
	return fmt.Sprintf("%s: of the last %d %s %s", i.Level, i.Of, where, strings.Join(parts, ", "))
}

// Sort puts the most important incidents first, of equal ones the more severe, then
// the older. of returns the evidence of a policy, nil for none; it may be nil.
func Sort(list []*eventv1.IncidentChanged, of func(policy string) *eventv1.Evidence, now time.Time) {
	scores := make(map[*eventv1.IncidentChanged]float64, len(list))
	for _, c := range list {
		var e *eventv1.Evidence
		if of != nil {
			e = of(c.GetPolicy())
		}
		scores[c] = Of(e, c, now).Score
	}
	began := func(c *eventv1.IncidentChanged) time.Time {
		if c.GetBeganAt() != nil {
			return c.GetBeganAt().AsTime()
		}
		return c.GetOpenedAt().AsTime()
	}
	slices.SortFunc(list, func(a, b *eventv1.IncidentChanged) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(b.GetSeverity(), a.GetSeverity()), began(a).Compare(began(b)), cmp.Compare(a.GetId(), b.GetId()))
	})
}
