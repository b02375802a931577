package approval

import (
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/permission"
)

// Outcome is what a decision comes to.
type Outcome int

// The outcomes.
const (
	// Refused: the decision does not count; the run goes on waiting.
	Refused Outcome = iota
	Approved
	Rejected
	// Expired: it came too late; so has the run.
	Expired
	// Late: the run no longer waits.
	Late
)

// Reason is why a decision was refused.
type Reason string

// The reasons.
const (
	SamePerson  Reason = "same_person"
	NotApprover Reason = "not_approver"
	OtherPlan   Reason = "other_plan"
)

// Verdict is an outcome, and for refusals the reason and words for people.
type Verdict struct {
	Outcome Outcome
	Reason  Reason
	Text    string
}

// Judge says what a decision on a run comes to at a time.
func (p People) Judge(run *eventv1.RunChanged, d *eventv1.RunDecided, now time.Time) Verdict {
	who := d.GetActor().GetPerson().GetName()
	switch {
	case run.GetState() != eventv1.RunState_RUN_STATE_AWAITING_APPROVAL:
		return Verdict{Outcome: Late}
	case !now.Before(run.GetExpiresAt().AsTime()):
		return Verdict{Outcome: Expired}
	case !permission.Allows(run.GetApprovers(), d.GetActor()):
		return Verdict{Refused, NotApprover, who + " may not decide on this; " + strings.Join(run.GetApprovers(), ", ") + " may"}
	case d.GetApproved() && p.Same(run.GetRequestedBy(), d.GetActor()): // who asked may withdraw
		return Verdict{Refused, SamePerson, who + " asked for this: a second person has to decide"}
	case run.GetPlanHash() == "" || d.GetPlanHash() != run.GetPlanHash():
		return Verdict{Refused, OtherPlan, who + " decided on another plan than this one; look again"}
	case d.GetApproved():
		return Verdict{Outcome: Approved}
	}
	return Verdict{Outcome: Rejected}
}
