package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/permission"
)

// Reason is why something was refused.
type Reason string

// The reasons, beside those of package approval.
const (
	BadRequest    Reason = "bad_request"
	UnknownAction Reason = "unknown_action"
	NotAllowed    Reason = "not_allowed"
	TooOld        Reason = "too_old"
	BadValues     Reason = "bad_values"
	Resolved      Reason = "resolved"
	NotChecked    Reason = "not_checked"
	CoolDown      Reason = "cool_down"
	PerHour       Reason = "per_hour"
	PlanChanged   Reason = "plan_changed"
	NoAudit       Reason = "no_audit"
	NoRun         Reason = "no_run"
	TooLate       Reason = "too_late"
	Precondition  Reason = "precondition"
	Frozen        Reason = "frozen"
	NotUndoable   Reason = "not_undoable"
	PerAccount    Reason = "per_account"
	OfGroup       Reason = "of_group"
)

// Refusal is a no with its reason and words for people.
type Refusal struct {
	Reason Reason
	Text   string
}

const (
	// maxAge is how old a request may be when it is first looked at: who
	// clicked before an outage does not expect the effect after it.
	maxAge = 10 * time.Minute
	// skew is how far the clocks of two actioners may be apart.
	skew = 5 * time.Second
	// leaseFor is how long an executor is thought alive without a word.
	leaseFor = 20 * time.Second
)

// Permit says why a request may not go on, or nil. stored is when the stream
// got it.
func Permit(req *eventv1.RunRequested, a declare.Action, found bool, stored, now time.Time) *Refusal {
	switch who := req.GetActor().GetPerson(); {
	case who.GetId() == "":
		return &Refusal{NotAllowed, "nobody is known to have asked for this"}
	case !found:
		return &Refusal{UnknownAction, fmt.Sprintf("there is no action %q (any more)", req.GetAction())}
	case len(a.Allow) == 0:
		return &Refusal{NotAllowed, fmt.Sprintf("nobody may run %s: its `allow` is empty", a.Name)}
	case !allows(a.Allow, req.GetActor()):
		return &Refusal{NotAllowed, fmt.Sprintf("%s may not run %s; %s may", nameOf(req.GetActor()), a.Name, strings.Join(a.Allow, ", "))}
	case now.Sub(stored) > maxAge:
		return &Refusal{TooOld, fmt.Sprintf("it was asked for %s ago, which is too long; ask again if it is still wanted", now.Sub(stored).Round(time.Second))}
	}
	return nil
}

// allows is permission.Allows, but that "parley" in a list is nobody who calls
// themselves so in a chat.
func allows(list []string, who *eventv1.Actor) bool {
	if !automatic(who) {
		list = slices.DeleteFunc(slices.Clone(list), func(entry string) bool { return entry == declare.Parley })
	}
	return permission.Allows(list, who)
}

// ValidID reports whether a run id can be a key and a subject's token.
func ValidID(id string) bool { return id != "" && len(id) <= 128 && bus.Token(id) == id }

func nameOf(a *eventv1.Actor) string {
	if n := a.GetPerson().GetName(); n != "" {
		return n
	}
	return a.GetPerson().GetId()
}

// Next is what to do with a run that was found as it is.
type Next int

// What to do next.
const (
	// Settle: nothing but to see that people know, and to remind oneself.
	Settle Next = iota
	// Wait: somebody else works on it.
	Wait
	// TakeOver: go on in the place of an executor that died.
	TakeOver
	// GiveUp: it died where nobody can say whether the effect came.
	GiveUp
)

// Resume says what to do with a run, and for Wait how long. token: its kind
// may be repeated.
func Resume(rec *eventv1.RunRecord, token bool, now time.Time) (Next, time.Duration) {
	if rec.GetRun().GetState() != eventv1.RunState_RUN_STATE_STARTED {
		return Settle, 0
	}
	if left := rec.GetLeaseUntil().AsTime().Add(skew).Sub(now); left > 0 {
		return Wait, left
	}
	if begun(rec) && !token {
		return GiveUp, 0
	}
	return TakeOver, 0
}

// begun reports whether the effect of a started run may have come: it comes
// after "started" is marked as published.
func begun(rec *eventv1.RunRecord) bool {
	return rec.GetPublishedVersion() >= rec.GetRun().GetVersion()
}

// needsVerifying reports whether a run's effect is still to be looked at.
func needsVerifying(rec *eventv1.RunRecord) bool {
	run := rec.GetRun()
	return run.GetState() == eventv1.RunState_RUN_STATE_DONE && !run.GetDryRun() && run.GetUndoneBy() == "" &&
		run.GetVerification() == nil && rec.GetVerifyUntil() != nil
}
