package incident

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/maintenance"
)

func once(id, name, value string, from, to time.Time) *eventv1.Maintenance {
	return &eventv1.Maintenance{Id: id, Matchers: []*eventv1.Matcher{{Label: name, Op: eventv1.Matcher_OP_EQUAL, Value: value}},
		StartsAt: timestamppb.New(from), EndsAt: timestamppb.New(to)}
}

// again is a window every day between the times of day of from and to in a zone.
func again(id, name, value string, from, to time.Time, zone string) *eventv1.Maintenance {
	in, _ := time.LoadLocation(zone)
	m := once(id, name, value, from, to)
	m.StartsAt, m.EndsAt = nil, nil
	m.Recurrence = &eventv1.Recurrence{From: from.In(in).Format("15:04"), To: to.In(in).Format("15:04"), Zone: zone}
	return m
}

// plan puts maintenance windows into the log of every partition that has one.
func (s *sim) plan(windows ...*eventv1.Maintenance) {
	for p := range bus.Partition(bus.Partitions) {
		if s.states[p] != nil {
			s.entry(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Maintenance{
				Maintenance: &eventv1.MaintenanceChanged{Windows: windows}}}, nil)
		}
	}
}

const judged = `
- {name: unlike, when: {metric: m, above: baseline}}
- {name: fills, when: {metric: m, forecast: {reaches: 1000, within: 7d}}}
- {name: given, when: {metric: m, above: baseline, given: n}}`

// learned is all that the series m{host=a} has been taught.
func (s *sim) learned() (text string) {
	_, labels := series1("m{host=a}")
	st := s.states[bus.PartitionOf(label.Resource(labels))]
	for i := range st.series {
		x := &st.series[i]
		if x.id == 0 || x.name != "m" {
			continue
		}
		d, _ := x.mem.bases[0].d.MarshalBinary()
		g, _ := x.mem.given[0].model.MarshalBinary()
		f, _ := x.mem.fill.MarshalBinary()
		text += fmt.Sprintf("%x\n%v %d\n%x\n%x\n", d, x.mem.bases[0].off, x.mem.bases[0].n, g, f)
	}
	return text
}

// nights sends three days of a daily course each ten minutes, with ten times as
// much in the second night from 2 to 4; those are left out, or in maintenance.
func nights(t *testing.T, leaveOut bool, windows ...*eventv1.Maintenance) *sim {
	t.Helper()
	s := newSim(t, judged)
	s.now = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	s.advance(0)
	s.send("n{host=a}", 0, 0)
	s.plan(windows...)
	for k := range 3 * 24 * 6 {
		s.advance(10 * time.Minute)
		v := 50 + 20*math.Sin(float64(k)/23) + float64(k%5)
		if h := s.now.Sub(time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)); h >= 0 && h < 2*time.Hour {
			if leaveOut {
				continue
			}
			v *= 10
		}
		s.send("n{host=a}", v/2, 0)
		s.send("m{host=a}", v, 0)
	}
	return s
}

// What was measured in a window has taught nothing: all is as if it had never come.
func TestMaintenanceTeachesNothing(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)
	want := nights(t, true).learned()
	if nights(t, false).learned() == want {
		t.Fatal("the span teaches nothing anyway: the test cannot fail")
	}
	for name, w := range map[string]*eventv1.Maintenance{
		"once":    once("w", "host", "a", from, from.Add(2*time.Hour)),
		"daily":   {Id: "w", Matchers: once("w", "host", "a", from, from).Matchers, Recurrence: &eventv1.Recurrence{Days: []string{"tue"}, From: "03:00", To: "05:00", Zone: "Europe/Berlin"}},
		"ended":   {Id: "w", Matchers: once("w", "host", "a", from, from).Matchers, StartsAt: timestamppb.New(from), EndsAt: timestamppb.New(from.Add(9 * time.Hour)), EndedAt: timestamppb.New(from.Add(2 * time.Hour))},
		"another": once("w", "host", "b", from, from.Add(2*time.Hour)),
	} {
		s := nights(t, false, w)
		if got := s.learned() == want; got != (name != "another") {
			t.Errorf("%s: learned as if the span had not come: %v", name, got)
		}
	}
}

// A policy that is new learns from the history what came outside of windows.
func TestANewPolicySkipsMaintenance(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)
	f := func(windows ...*eventv1.Maintenance) string {
		s := nights(t, false, windows...)
		s.policies(`[{name: none, when: {metric: m, above: 1e9}}]`)
		s.policies(judged)
		return s.learned()
	}
	if f() == f(once("w", "host", "a", from, from.Add(2*time.Hour))) {
		t.Error("the window makes no difference")
	}
}

// It is judged and kept all the same, and that is said in the incident and to
// those who ask.
func TestMaintenanceIsSaid(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 3, 2, 0, 0, 0, time.UTC)
	s := nights(t, true)
	w := once("w", "host", "a", from, s.now.Add(5*time.Hour))
	w.Name = "reboot db"
	s.plan(w)
	s.load("m{host=a}", 10*time.Minute, 500, 510)
	notes := ""
	for _, c := range s.changes {
		for _, cd := range c.Conditions {
			notes += cd.Note + "\n"
		}
	}
	if !strings.Contains(notes, "not learned: maintenance reboot db") {
		t.Errorf("notes %q", notes)
	}
	_, labels := series1("m{host=a}")
	st := s.states[bus.PartitionOf(label.Resource(labels))]
	a := st.Answer(&eventv1.Query{Query: &eventv1.Query_History{History: &eventv1.HistoryQuery{Name: "m"}}}).Series[0]
	if n := len(a.Values) - 1; a.Values[n] != 510 || !(a.Expected[n] > 20 && a.Upper[n] < 200) {
		t.Errorf("%v, expected %v to %v", a.Values[n], a.Expected[n], a.Upper[n])
	}
	ask := func() string {
		return st.Answer(&eventv1.Query{Query: &eventv1.Query_Explain{Explain: &eventv1.ExplainQuery{Policy: "unlike"}}}).Explanation.Conditions[0].Series[0].NotLearned
	}
	if got := ask(); got != "reboot db" {
		t.Errorf("explained as %q", got)
	}
	s.plan()
	if got := ask(); got != "" || st.Windows() != 0 {
		t.Errorf("without windows: %q", got)
	}
}

// What was looked up before makes no difference, whatever the order of times.
func TestAWindowIsAFunctionOfTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := time.Date(2026, 10, rapid.IntRange(20, 28).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		at := func(name string) time.Time {
			return base.Add(time.Duration(rapid.IntRange(0, 5*24*60).Draw(t, name)) * time.Minute)
		}
		m := again("w", "host", "a", at("from"), at("to"), rapid.SampledFrom([]string{"UTC", "Europe/Berlin"}).Draw(t, "zone"))
		if rapid.Bool().Draw(t, "days") {
			m.Recurrence.Days = []string{"sun", "wed"}
		}
		if rapid.Bool().Draw(t, "once") {
			m = once("w", "host", "a", at("from"), at("to"))
		}
		if rapid.Bool().Draw(t, "ended") {
			m.EndedAt = timestamppb.New(at("ended at"))
		}
		w := window{m: m}
		for range 50 {
			now := at("now")
			_, want := maintenance.Open(m, now)
			if got := w.open(now.UnixMilli()); got != want {
				t.Fatalf("%v at %s: open %v, want %v", m, now, got, want)
			}
		}
	})
}

// The windows are in snapshots, and unknown to those of before.
func TestWindowsAreInSnapshots(t *testing.T) {
	t.Parallel()
	s := newSim(t, judged)
	s.send("m{host=a}", 1, 0)
	s.plan(once("w", "host", "a", s.now, s.now.Add(time.Hour)))
	_, labels := series1("m{host=a}")
	st := s.states[bus.PartitionOf(label.Resource(labels))]
	back, err := Restore(st.partition, s.opt, st.Snapshot(), s.set)
	if err != nil || back.Windows() != st.Windows() || back.Windows() == 0 || !bytes.Equal(back.Snapshot(), st.Snapshot()) {
		t.Errorf("%v: windows %x, want %x", err, back.Windows(), st.Windows())
	}
	if back.teaches(back.series[0].res, s.now.UnixMilli()) || !back.teaches(back.series[0].res, s.now.Add(time.Hour).UnixMilli()) {
		t.Error("the window of a restored state is open at other times")
	}
}
