package main

import (
	"context"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

// scheduleView is a run to come in JSON.
type scheduleView struct {
	RunID      string            `json:"run_id"`
	Action     string            `json:"action"`
	Due        time.Time         `json:"due"`
	Text       string            `json:"text"`
	MadeBy     string            `json:"made_by_run,omitempty"`
	Parameters map[string]string `json:"parameters"`
}

// freezeView is a freeze in JSON; an empty account is all of them.
type freezeView struct {
	Account string    `json:"account"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason"`
	ThawBy  string    `json:"thaw_by,omitempty"`
}

// listSchedules lists what is to be run by itself, and what is frozen.
func listSchedules(ctx context.Context, conn *bus.Conn, s *screen.Screen) error {
	entries, err := bus.Schedules.List(ctx, conn)
	if err != nil {
		return err
	}
	views := []scheduleView{}
	for _, e := range entries {
		r := e.Value.GetRequest()
		views = append(views, scheduleView{r.GetRunId(), r.GetAction(), e.Value.GetDue().AsTime(), e.Value.GetText(), e.Value.GetMadeByRun(), r.GetParameters()})
	}
	slices.SortFunc(views, func(a, b scheduleView) int { return a.Due.Compare(b.Due) })
	list, err := bus.Freezes.List(ctx, conn)
	if err != nil {
		return err
	}
	frozen := []freezeView{}
	for _, e := range list {
		f := e.Value
		frozen = append(frozen, freezeView{f.GetAccount(), f.GetBy().GetPerson().GetName(), f.GetAt().AsTime(), f.GetReason(), f.GetThawBy().GetPerson().GetName()})
	}
	now := time.Now()
	return s.Result(map[string]any{"scheduled": views, "frozen": frozen}, func() {
		if len(views) == 0 {
			s.Line("Nothing is scheduled.")
		} else {
			t := &screen.Table{Head: []string{"DUE", "IN", "ACTION", "WHAT"}, Flex: 3}
			for _, v := range views {
				t.Row(screen.C(v.Due.Local().Format("Mon 2 Jan 15:04")), screen.C(until(v.Due.Sub(now))), screen.C(v.Action), screen.C(v.Text))
			}
			s.Table(t)
		}
		for _, f := range frozen {
			s.Line(f.line(now))
		}
	})
}

func until(d time.Duration) string {
	if d < 0 {
		return "overdue"
	}
	return span(d)
}

func (f freezeView) line(now time.Time) string {
	where := "in all accounts"
	if f.Account != "" {
		where = "in the account " + f.Account
	}
	text := "No action begins " + where + ", said " + f.By + " " + span(now.Sub(f.At)) + " ago"
	if f.Reason != "" {
		text += ": " + f.Reason
	}
	if f.ThawBy != "" {
		text += " (" + f.ThawBy + " wants it ended; a second person has to say so too)"
	}
	return text
}
