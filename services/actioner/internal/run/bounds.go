package run

import (
	"fmt"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/action"
)

// Limits bound how often an action runs, and on how much of a group.
type Limits struct {
	CoolDown                               time.Duration
	PerHour, PerHourTarget, PerHourAccount int
	// Percent of Group may be out of work or in the hands of a run that began
	// within Busy; a group without a name is none.
	Percent int
	Group   action.Group
	Busy    time.Duration
}

// Reserve returns the window with the run in it, or why it may not be. Asking
// again for the same run changes nothing.
func Reserve(b *eventv1.ActionBound, use *eventv1.ActionUse, l Limits) (*eventv1.ActionBound, *Refusal) {
	now := use.GetAt().AsTime()
	keep := max(time.Hour, l.CoolDown)
	var uses []*eventv1.ActionUse
	hour, hourTarget, hourAccount := 0, 0, 0
	busy := slices.Clone(l.Group.Out)
	var last time.Time
	for _, u := range b.GetUses() {
		at := u.GetAt().AsTime()
		if u.GetRunId() == use.GetRunId() {
			return b, nil
		}
		if now.Sub(at) >= keep {
			continue
		}
		uses = append(uses, u)
		same := u.GetTarget() == use.GetTarget()
		if same && at.After(last) {
			last = at
		}
		if now.Sub(at) < l.Busy && slices.Contains(l.Group.Members, u.GetResource()) {
			busy = append(busy, u.GetResource())
		}
		if now.Sub(at) < time.Hour {
			hour++
			if same {
				hourTarget++
			}
			if use.GetAccount() != "" && u.GetAccount() == use.GetAccount() {
				hourAccount++
			}
		}
	}
	where := ""
	if use.GetTarget() != "" {
		where = " on " + use.GetTarget()
	}
	switch since := now.Sub(last); {
	case !last.IsZero() && since < l.CoolDown:
		return nil, &Refusal{CoolDown, fmt.Sprintf("it ran%s %s ago; again in %s", where, seconds(since), seconds(l.CoolDown-since))}
	case hour >= l.PerHour:
		return nil, &Refusal{PerHour, fmt.Sprintf("it ran %d times within an hour, which is its bound", hour)}
	case hourTarget >= l.PerHourTarget:
		return nil, &Refusal{PerHour, fmt.Sprintf("it ran %d times%s within an hour, which is its bound", hourTarget, where)}
	case l.PerHourAccount > 0 && hourAccount >= l.PerHourAccount:
		return nil, &Refusal{PerAccount, fmt.Sprintf("it ran %d times in the account %s within an hour, which is its bound for one account", hourAccount, use.GetAccount())}
	}
	if no := share(busy, l); no != nil {
		return nil, no
	}
	return &eventv1.ActionBound{Uses: append(slices.Clip(uses), use)}, nil
}

// share refuses a run that would put more of a group out of work than may be.
func share(busy []string, l Limits) *Refusal {
	if l.Percent <= 0 || l.Group.Name == "" {
		return nil
	}
	busy = append(busy, l.Group.Resource)
	slices.Sort(busy)
	busy = slices.Compact(busy)
	most := max(len(l.Group.Members)*l.Percent/100, 1)
	if len(busy) <= most {
		return nil
	}
	return &Refusal{OfGroup, fmt.Sprintf("of the %d in %s, %d are out of work or about to be; with this one it would be more than %d %%, which is %d",
		len(l.Group.Members), l.Group.Name, len(busy)-1, l.Percent, most)}
}

func seconds(d time.Duration) time.Duration { return max(d.Round(time.Second), time.Second) }
