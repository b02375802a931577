package notifier

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// digests returns the messages that are digests.
func (w *world) digests() []chattest.Message {
	var out []chattest.Message
	for _, m := range w.slack.Roots(cost) {
		if id, _ := m.Part(); strings.HasPrefix(id, "digest-") {
			out = append(out, m)
		}
	}
	return out
}

// saved stores a run's record, as the actioner does.
func (w *world) saved(id string, hoursAgo, usd float64) {
	w.t.Helper()
	r := &eventv1.RunChanged{RunId: id, State: eventv1.RunState_RUN_STATE_DONE, Action: "stop-instance", Resource: id, SavingUsdPerHour: usd,
		FinishedAt: timestamppb.New(time.Now().Add(-time.Duration(hoursAgo * float64(time.Hour))))}
	if _, err := bus.ActionRuns.Put(w.t.Context(), w.b.Conn("actioner"), id, &eventv1.RunRecord{Run: r}); err != nil {
		w.t.Fatal(err)
	}
}

func TestTheDigestIsToldOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.digest = "01:00" // the bubble begins at midnight
		a, _ := w.start(), w.start()
		w.publish(idle("inc1", 1, ""))
		w.saved("run1", 10, 0.428)
		time.Sleep(59 * time.Minute)
		if n := len(w.digests()); n != 0 {
			t.Fatalf("%d digests before the time", n)
		}
		time.Sleep(5 * time.Minute)
		if n := len(w.digests()); n != 1 {
			t.Fatalf("%d digests of two instances", n)
		}
		m := w.digests()[0]
		for _, want := range []string{"Paid for and not used: 1 thing, about $312 a month", "*$312/month* batch-report: idle instance for 9 d, owner uoperator", "shop eu-west-1", "Saved this month: *$0.43*, ever (since 31 Dec 1999): *$4.71*",
			"$0.43 an hour", "list price"} {
			if !shows(m, want) {
				t.Errorf("no %q in %v", want, m.Blocks)
			}
		}
		a.kill()
		w.start()
		time.Sleep(30 * time.Minute)
		if n := len(w.digests()); n != 1 {
			t.Errorf("%d digests after a restart", n)
		}
		w.drained(t)
	})
}

func TestADigestIsSilentWhenThereIsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.digest = "01:00"
		w.start()
		time.Sleep(70 * time.Minute)
		if n := len(w.slack.Roots(cost)); n != 0 {
			t.Errorf("%d messages about nothing", n)
		}
		w.publish(idle("inc1", 1, "")) // too late for today
		time.Sleep(30 * time.Minute)
		w.start()
		time.Sleep(5 * time.Minute)
		if n := len(w.digests()); n != 0 {
			t.Errorf("the day's digest is told twice")
		}
	})
}

func TestADigestNobodyToldInTimeIsToldLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.digest = "01:00"
		w.publish(idle("inc1", 1, ""))
		w.saved("run1", 1, 1)
		time.Sleep(2 * time.Hour)
		w.start()
		time.Sleep(time.Minute)
		if n := len(w.digests()); n != 1 {
			t.Errorf("%d digests, an hour late", n)
		}
	})
}

func TestDigestTimes(t *testing.T) {
	t.Parallel()
	c := Defaults()
	c.DigestZone = "Europe/Berlin"
	d, err := c.digest()
	if err != nil {
		t.Fatal(err)
	}
	f := func(now, last, next string) {
		t.Helper()
		at, _ := time.Parse(time.RFC3339, now)
		if got := d.last(at).UTC().Format(time.RFC3339); got != last {
			t.Errorf("before %s: %s, want %s", now, got, last)
		}
		if got := d.next(at).UTC().Format(time.RFC3339); got != next {
			t.Errorf("after %s: %s, want %s", now, got, next)
		}
	}
	f("2026-11-22T07:59:59Z", "2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z")
	f("2026-11-22T08:00:00Z", "2026-11-22T08:00:00Z", "2026-11-23T08:00:00Z")
	f("2026-03-28T12:00:00Z", "2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z") // the clocks change
	for what, change := range map[string]func(*Config){
		"--notifier-digest:": func(c *Config) { c.DigestAt = "9 o'clock" }, "--notifier-digest-zone": func(c *Config) { c.DigestZone = "Middle/Earth" },
		"--notifier-digest-channel": func(c *Config) { c.DigestChannel = "#" },
	} {
		c := Defaults()
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	c.DigestAt = ""
	if d, err := c.digest(); err != nil || d.zone != nil {
		t.Error("an empty time is never")
	}
}

func TestCommandsAboutMoney(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		ask := func(text, want string) string {
			t.Helper()
			time.Sleep(10 * time.Millisecond) // each is signed anew
			before := len(w.answers())
			if status := l.command("UOPERATOR", text); status != 200 {
				t.Errorf("%q: %d", text, status)
			}
			w.within(3*time.Second, "an answer to "+text, func() bool { return len(w.answers()) > before })
			got := w.answers()[before]
			if !strings.Contains(got, want) {
				t.Errorf("%q: %q, want %q in it", text, got, want)
			}
			return got
		}
		ask("idle", "Nothing is wasted")
		ask("cost", "No account is watched")
		ask("schedules", "Nothing is scheduled, and nothing is frozen")

		w.publish(idle("inc1", 1, ""))
		w.saved("run1", 10, 0.428)
		cost := &eventv1.WatchCost{Account: "111122223333", AccountName: "shop", Region: "eu-west-1", Month: time.Now().UTC().Format("2006-01"), Usd: 1.2, ForecastUsd: 3.4, BudgetUsd: 10, Stretch: 2,
			Series: 512, Problem: "the region does not answer", Policies: []*eventv1.PolicyCost{{Policy: "ec2-cpu", UsdPerMonth: 0.8}}}
		if _, err := bus.WatchCosts.Put(t.Context(), w.b.Conn("collector"), "111122223333.eu-west-1", cost); err != nil {
			t.Fatal(err)
		}
		freeze := &eventv1.Freeze{Account: "111122223333", Reason: "deploy", By: &eventv1.Actor{Person: &eventv1.Person{Id: "U1", Name: "ann"}}, At: timestamppb.Now()}
		if _, err := bus.Freezes.Put(t.Context(), w.b.Conn("actioner"), "111122223333", freeze); err != nil {
			t.Fatal(err)
		}
		later := &eventv1.Schedule{Due: timestamppb.New(time.Now().Add(time.Hour)), Text: "start i-1 again, stopped by @ann"}
		if _, err := bus.Schedules.Put(t.Context(), w.b.Conn("actioner"), "run9", later); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		ask("idle", "batch-report: idle instance for 9 d, owner uoperator")
		for _, want := range []string{"$3.40 by the end of the month", "budget $10", "looks 2.0 times rarer", "the region does not answer", "ec2-cpu", "1 find, about $312 a month", "Saved this month"} {
			ask("cost", want)
		}
		ask("schedules", "start i-1 again")
		ask("schedules", "no action begins in account 111122223333, said ann")

		before := asked(t, w)
		freezes := func() *eventv1.FreezeRequested {
			t.Helper()
			m, err := bus.LastMessage[*eventv1.ActionMessage](t.Context(), w.b.Conn("admin"), bus.Actions, "actions.req.>")
			if err != nil || m.Event.GetFreeze() == nil {
				t.Fatalf("%v %v", m, err)
			}
			return m.Event.GetFreeze()
		}
		ask("freeze shop a deployment", "no action begins in account 111122223333")
		if f := freezes(); f.GetAccount() != "111122223333" || f.GetThaw() || f.GetReason() != "a deployment" || f.GetActor().GetPerson().GetId() != "UOPERATOR" || len(f.GetActor().GetGroups()) != 1 || f.GetChannelId() != ops {
			t.Errorf("%v", f)
		}
		ask("freeze too many alarms", "no action begins anywhere")
		if f := freezes(); f.GetAccount() != "" || f.GetReason() != "too many alarms" {
			t.Errorf("%v", f)
		}
		ask("thaw all", "two people")
		if f := freezes(); f.GetAccount() != "" || !f.GetThaw() {
			t.Errorf("%v", f)
		}
		if n := asked(t, w) - before; n != 3 {
			t.Errorf("%d messages to the actioner", n)
		}
	})
}
