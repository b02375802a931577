package savings

import (
	"math"
	"testing"
	"testing/quick"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

var t0 = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func at(hours float64) time.Time { return t0.Add(time.Duration(hours * float64(time.Hour))) }

func stop(id, resource string, hours, usd float64) *eventv1.RunChanged {
	return &eventv1.RunChanged{RunId: id, Action: "stop-instance", State: eventv1.RunState_RUN_STATE_DONE, FinishedAt: timestamppb.New(at(hours)),
		SavingUsdPerHour: usd, Resource: resource, UndoAction: "start-instance"}
}

func start(id, resource string, hours float64, undoOf string) *eventv1.RunChanged {
	r := stop(id, resource, hours, 0)
	r.Action, r.UndoAction, r.UndoOf = "start-instance", "stop-instance", undoOf
	return r
}

func TestSaved(t *testing.T) {
	t.Parallel()
	f := func(what string, from, to, want, perHour float64, n int, runs ...*eventv1.RunChanged) {
		t.Helper()
		got := Of(runs, at(from), at(to))
		if math.Abs(got.USD-want) > 1e-9 || got.Runs != n || math.Abs(got.USDPerHour-perHour) > 1e-9 {
			t.Errorf("%s: %+v, want %v USD, %v an hour, %d runs", what, got, want, perHour, n)
		}
	}
	f("stopped still", 0, 100, 45, 0.5, 1, stop("a", "i-1", 10, 0.5))
	f("undone", 0, 100, 10, 0, 1, start("b", "i-1", 30, "a"), stop("a", "i-1", 10, 0.5))
	f("started by the other action", 0, 100, 10, 0, 1, stop("a", "i-1", 10, 0.5), start("b", "i-1", 30, ""))
	f("another one started", 0, 100, 45, 0.5, 1, stop("a", "i-1", 10, 0.5), start("b", "i-2", 30, ""))
	f("stopped twice counts once at a time", 0, 100, 45, 0.5, 2, stop("a", "i-1", 10, 0.5), stop("b", "i-1", 40, 0.5))
	f("kept meanwhile", 0, 100, 45, 0.5, 1, stop("a", "i-1", 10, 0.5), &eventv1.RunChanged{RunId: "k", Action: "keep-7-days",
		State: eventv1.RunState_RUN_STATE_DONE, FinishedAt: timestamppb.New(at(20)), Resource: "i-1"})
	f("this month only", 50, 100, 25, 0.5, 1, stop("a", "i-1", 10, 0.5))
	f("at most thirty days", 0, 2000, 360, 0, 1, stop("a", "i-1", 10, 0.5))
	f("not yet", 0, 5, 0, 0, 0, stop("a", "i-1", 10, 0.5))
	failed := stop("a", "i-1", 10, 0.5)
	failed.State = eventv1.RunState_RUN_STATE_FAILED
	dry := stop("b", "i-1", 10, 0.5)
	dry.DryRun = true
	f("what was not done", 0, 100, 0, 0, 0, failed, dry, stop("c", "i-1", 10, 0), stop("d", "i-1", 10, math.NaN()))
}

// Whatever the runs, nothing saves more than its rate over the time looked at.
func TestSavedIsBounded(t *testing.T) {
	t.Parallel()
	f := func(hours []uint16, ids []uint8, to uint16) bool {
		var runs []*eventv1.RunChanged
		for i := range min(len(hours), len(ids)) {
			resource := string(rune('a' + ids[i]%3))
			if ids[i]%5 == 0 {
				runs = append(runs, start(string(rune(i)), resource, float64(hours[i]), ""))
			} else {
				runs = append(runs, stop(string(rune(i)), resource, float64(hours[i]), 1))
			}
		}
		got := Of(runs, t0, at(float64(to)))
		return got.USD >= 0 && got.USD <= 3*float64(to)+1e-6 && got.USDPerHour <= 3
	}
	if err := quick.Check(f, nil); err != nil {
		t.Error(err)
	}
}

func TestFinds(t *testing.T) {
	t.Parallel()
	now := at(48)
	incident := func(id, kind, name string, usd, hours float64) *eventv1.IncidentChanged {
		c := &eventv1.IncidentChanged{Id: id, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, OpenedAt: timestamppb.New(at(24)),
			Labels: []*eventv1.Label{{Name: "account_name", Value: "shop"}, {Name: "name", Value: name}, {Name: "owner", Value: "ann"}, {Name: "resource", Value: "i-" + id}},
			Conditions: []*eventv1.ConditionState{{Metric: Prefix + kind + ".usd_month", Value: usd, ValueAt: timestamppb.New(at(47))},
				{Metric: Prefix + kind + ".hours", Value: hours, ValueAt: timestamppb.New(at(47))}}}
		if usd == 0 {
			c.Conditions[0].ValueAt = nil
		}
		return c
	}
	over := incident("4", "idle_instance", "over", 500, 30)
	over.State = eventv1.IncidentState_INCIDENT_STATE_RESOLVED
	got := Finds([]*eventv1.IncidentChanged{incident("1", "idle_instance", "cheap", 10, 216), incident("2", "idle_database", "unknown", 0, 30),
		incident("3", "idle_nat_gateway", "dear", 300, 3), over,
		{Id: "5", State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Conditions: []*eventv1.ConditionState{{Metric: "cpu"}}}}, now)
	if len(got) != 3 || got[0].Name != "dear" || got[1].Name != "cheap" || got[2].Name != "unknown" || got[2].Priced {
		t.Fatalf("%+v", got)
	}
	if got[1].For != 216*time.Hour || got[0].For != 24*time.Hour || got[1].Owner != "ann" || got[1].What() != "idle instance" || got[1].Account != "shop" || got[1].Resource != "i-1" {
		t.Errorf("%+v", got[1])
	}
	if usd, unpriced := Total(got); usd != 310 || unpriced != 1 {
		t.Errorf("%v %d", usd, unpriced)
	}
}

func TestUSD(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "$0", 0.001: "less than $0.01", 0.424: "$0.42", 9.99: "$9.99", 280.4: "$280", 1234.6: "$1,235", 1234567: "$1,234,567", math.NaN(): "–"} {
		if got := USD(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for metric, want := range map[string]string{"aws.waste.idle_instance.cpu_max_percent": "CPU, each hour's most", "aws.waste.idle_database.hours": "unused for",
		"aws.waste.idle_database.other": "aws.waste.idle_database.other", "cpu.hours": "cpu.hours", "aws.waste.": "aws.waste."} {
		if got := Words(metric); got != want {
			t.Errorf("%s is called %q", metric, got)
		}
	}
	for metric, want := range map[string]bool{"aws.waste.idle_instance.cpu_max_percent": true, "aws.waste.idle_instance.usd_month": false, "usd_month": true} {
		if Drawn(metric) != want {
			t.Errorf("%s is drawn: %v", metric, !want)
		}
	}
}
