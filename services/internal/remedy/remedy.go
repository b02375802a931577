package remedy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

// Most is how many runs a record has.
const Most = 50

const (
	// lastFailed is how many in a row that did not help demote an action.
	lastFailed = 3
	// enough is from how many runs on its share counts.
	enough = 5
)

// Score is what a record comes to.
type Score struct {
	Fixed, Runs int
	// Median is how long it took until the incident was over, where it helped.
	Median time.Duration
	// Demoted says why the action is not offered first any more; empty: it is.
	Demoted string
}

// Key is where the record of an action for a policy is kept.
func Key(action, policy string) string { return bus.Token(action) + "." + bus.Token(policy) }

// Counts returns what a run adds to its record; nil while its effect is not
// known, and for what is no remedy: dry runs, undoings, runs without an incident.
func Counts(run *eventv1.RunChanged) *eventv1.RemedyRun {
	if run.GetDryRun() || run.GetUndoOf() != "" || run.GetIncident().GetId() == "" || run.GetIncident().GetPolicy() == "" {
		return nil
	}
	out := &eventv1.RemedyRun{RunId: run.GetRunId(), At: run.GetRequestedAt(), Effect: run.GetVerification().GetEffect(), Took: run.GetVerification().GetAfter()}
	switch out.GetEffect() {
	case eventv1.Effect_EFFECT_RECOVERED, eventv1.Effect_EFFECT_BETTER, eventv1.Effect_EFFECT_NONE, eventv1.Effect_EFFECT_WORSE:
		return out
	}
	if run.GetState() == eventv1.RunState_RUN_STATE_FAILED {
		out.Effect = eventv1.Effect_EFFECT_NONE
		return out
	}
	return nil
}

// Add returns the record with a run in it, and whether that changed anything: a
// run that is there, or older than all of a full record, does not.
func Add(r *eventv1.Remedy, run *eventv1.RemedyRun) (*eventv1.Remedy, bool) {
	if slices.ContainsFunc(r.GetRuns(), func(o *eventv1.RemedyRun) bool { return o.GetRunId() == run.GetRunId() }) {
		return r, false
	}
	if len(r.GetRuns()) >= Most && !run.GetAt().AsTime().After(r.GetRuns()[0].GetAt().AsTime()) {
		return r, false
	}
	next := proto.CloneOf(r)
	if next == nil {
		next = &eventv1.Remedy{}
	}
	next.Runs = append(next.Runs, run)
	slices.SortStableFunc(next.Runs, func(a, b *eventv1.RemedyRun) int { return a.GetAt().AsTime().Compare(b.GetAt().AsTime()) })
	next.Runs = next.Runs[max(0, len(next.Runs)-Most):]
	return next, true
}

// Of returns what a record comes to.
func Of(r *eventv1.Remedy) Score {
	s := Score{Runs: len(r.GetRuns())}
	var took []time.Duration
	row := 0 // that did not help, the newest
	for _, run := range r.GetRuns() {
		if run.GetEffect() != eventv1.Effect_EFFECT_RECOVERED {
			row++
			continue
		}
		row = 0
		s.Fixed++
		took = append(took, run.GetTook().AsDuration())
	}
	slices.Sort(took)
	if n := len(took); n > 0 {
		s.Median = (took[(n-1)/2] + took[n/2]) / 2
	}
	switch {
	case row >= lastFailed:
		s.Demoted = fmt.Sprintf("it did not help the last %d times", row)
	case s.Runs >= enough && s.Fixed*3 < s.Runs:
		s.Demoted = fmt.Sprintf("it helped only %d of %d times", s.Fixed, s.Runs)
	}
	return s
}

// Words says it for people: "fixed 14 of 17 times, median 3 min"; "" of an
// empty record.
func (s Score) Words() string {
	if s.Runs == 0 {
		return ""
	}
	text := fmt.Sprintf("fixed %d of %d times", s.Fixed, s.Runs)
	if s.Runs == 1 {
		text = fmt.Sprintf("fixed %d of 1 time", s.Fixed)
	}
	if s.Fixed > 0 {
		text += ", median " + unit.Duration(s.Median)
	}
	return text
}

// Compare orders what helps most first and what is demoted last. Of what has no
// record nothing is known: it stands in between.
func Compare(a, b Score) int {
	demoted := func(s Score) int {
		if s.Demoted != "" {
			return 1
		}
		return 0
	}
	share := func(s Score) float64 { return float64(s.Fixed+1) / float64(s.Runs+2) }
	return cmp.Or(demoted(a)-demoted(b), cmp.Compare(share(b), share(a)))
}
