package poll

import (
	"fmt"
	"slices"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/plan"
	"github.com/parley-ops/parley/services/internal/account"
)

// asked is a plan for metrics of one resource, and what is asked of each.
type asked struct {
	t     *testing.T
	plan  *plan.Plan
	state *state
	start time.Time
}

func ask5(t *testing.T, namespace, dimension string, names []string, needs ...string) *asked {
	t.Helper()
	in := plan.Input{Account: account.Account{ID: "1", Team: "x"}, Region: "us-east-1", Catalog: catalog.Default(),
		Inventory: &discover.Inventory{}, Least: plan.Least{Critical: time.Minute, Warning: time.Minute, Info: time.Minute}}
	for _, n := range names {
		in.Inventory.Metrics = append(in.Inventory.Metrics, discover.Metric{Namespace: namespace, Name: n, Dimensions: []discover.Dimension{{Name: dimension, Value: "r"}}})
	}
	for _, n := range needs {
		in.Needs = append(in.Needs, plan.Need{Policy: "p", Metric: n, Severity: eventv1.Severity_SEVERITY_INFO})
	}
	return &asked{t, plan.Make(in), newState(), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

// round answers what is asked from minute from to minute to, with the values by
// AWS name and minute, and returns the samples as text.
func (a *asked) round(from, to int, values map[string]map[int]float64) []string {
	a.t.Helper()
	var answers []answer
	for _, q := range a.plan.Queries {
		x := answer{ask: plan.Ask{Query: q, From: a.start.Add(time.Duration(from) * time.Minute), To: a.start.Add(time.Duration(to) * time.Minute)}, values: map[int64]float64{}}
		for minute, v := range values[q.Name] {
			x.values[a.start.Add(time.Duration(minute)*time.Minute).Unix()] = v
		}
		answers = append(answers, x)
	}
	now := a.start.Add(time.Duration(to+2) * time.Minute)
	r := absorb(a.state, a.plan, answers, now, now)
	var out []string
	for _, s := range r.samples {
		text := fmt.Sprintf("%s@%d=%g", s.Series.Name, (s.UnixMS/1000-a.start.Unix())/60, s.Value)
		if s.Revision > 0 {
			text += fmt.Sprintf(" r%d", s.Revision)
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func (a *asked) want(got []string, want ...string) {
	a.t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		a.t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestZero: what counts events is 0 where it is missing, as long as the
// resource is known to have been there; what measures a level is unknown.
func TestZero(t *testing.T) {
	t.Parallel()
	// Balances measure a level, surplus credits are counted.
	a := ask5(t, "AWS/EC2", "InstanceId", []string{"CPUSurplusCreditsCharged", "CPUCreditBalance"}, "aws.ec2.cpu_surplus_credits_charged", "aws.ec2.cpu_credit_balance")
	for _, q := range a.plan.Queries {
		if q.Period != 5*time.Minute {
			t.Skipf("%s comes every %s now", q.Name, q.Period)
		}
	}
	balance, surplus := "aws.ec2.cpu_credit_balance", "aws.ec2.cpu_surplus_credits_charged"
	a.want(a.round(0, 20, map[string]map[int]float64{"CPUCreditBalance": {0: 7, 5: 7, 10: 7}, "CPUSurplusCreditsCharged": {5: 2}}),
		balance+"@0=7", balance+"@5=7", balance+"@10=7", surplus+"@0=0", surplus+"@5=2", surplus+"@10=0")
	// Nothing more comes: the instance may be stopped, and that is no zero.
	a.want(a.round(5, 30, map[string]map[int]float64{"CPUCreditBalance": {5: 7, 10: 7}, "CPUSurplusCreditsCharged": {5: 2}}))
	// It comes late, and so does a count for what was taken for 0.
	a.want(a.round(15, 35, map[string]map[int]float64{"CPUCreditBalance": {15: 6, 20: 6, 25: 6}, "CPUSurplusCreditsCharged": {25: 1}}),
		balance+"@15=6", balance+"@20=6", balance+"@25=6", surplus+"@15=0", surplus+"@20=0", surplus+"@25=1")
	a.want(a.round(20, 40, map[string]map[int]float64{"CPUCreditBalance": {20: 6, 25: 6}, "CPUSurplusCreditsCharged": {20: 9, 25: 1}}), surplus+"@20=9 r1")
}

// TestDerive: a derived metric has one sample a bucket once all inputs were
// looked at, and a revision when one of them changes.
func TestDerive(t *testing.T) {
	t.Parallel()
	a := ask5(t, "AWS/EC2", "InstanceId", []string{"NetworkIn", "NetworkOut"}, "aws.ec2.network_bytes")
	sum := "aws.ec2.network_bytes"
	a.want(a.round(0, 15, map[string]map[int]float64{"NetworkIn": {0: 1, 5: 1, 10: 1}, "NetworkOut": {0: 2, 5: 2}}), sum+"@0=3", sum+"@5=3")
	a.want(a.round(0, 20, map[string]map[int]float64{"NetworkIn": {0: 1, 5: 1, 10: 1, 15: 1}, "NetworkOut": {0: 2, 5: 4, 10: 2, 15: 2}}),
		sum+"@10=3", sum+"@15=3", sum+"@5=5 r1")
	a.want(a.round(5, 20, map[string]map[int]float64{"NetworkIn": {5: 1, 10: 1, 15: 1}, "NetworkOut": {5: 4, 10: 2, 15: 2}}))
}

// TestForget: what is forgotten is not judged again, nor sent again.
func TestForget(t *testing.T) {
	t.Parallel()
	a := ask5(t, "AWS/EC2", "InstanceId", []string{"NetworkIn", "NetworkOut"}, "aws.ec2.network_bytes", "aws.ec2.network_in")
	all := func(from, to int) map[string]map[int]float64 {
		out := map[string]map[int]float64{"NetworkIn": {}, "NetworkOut": {}}
		for m := from; m < to; m += 5 {
			out["NetworkIn"][m], out["NetworkOut"][m] = float64(m), 1
		}
		return out
	}
	seen := map[string]bool{}
	for to := 15; to <= 300; to += 5 {
		for _, s := range a.round(max(0, to-20), to, all(0, to+10)) { // more than was asked for
			if seen[s] {
				t.Errorf("%s comes twice", s)
			}
			seen[s] = true
		}
		for _, tr := range a.state.tracks {
			if len(tr.points) > 4 {
				t.Fatalf("%d buckets are remembered", len(tr.points))
			}
		}
	}
	if len(seen) != 2*60 {
		t.Errorf("%d samples, want 120", len(seen))
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	s := &settle{wait: least(time.Minute)}
	for range 3 {
		s.saw(45, 5, time.Minute)
	}
	if s.wait != 210*time.Second {
		t.Errorf("with a tenth late it waits %s", s.wait)
	}
	for range 100 {
		s.saw(40, 10, time.Minute)
	}
	if s.wait != settleMost {
		t.Errorf("it waits %s", s.wait)
	}
	for range 200 {
		s.saw(500, 0, time.Minute)
	}
	if s.wait != settleMinute {
		t.Errorf("with nothing late it waits %s", s.wait)
	}
}

// TestWindow: what is asked about begins where memory does, and never turns
// back, however the time to settle changes.
func TestWindow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 30, 0, time.UTC)
	q := &plan.Query{Namespace: "AWS/EC2", Period: time.Minute}
	w := &worker{cfg: Config{CatchUp: 3 * time.Hour}, state: newState()}
	f := func(wait time.Duration, through, from, to string) {
		t.Helper()
		w.state.settle(q).wait = wait
		at := int64(0)
		if through != "" {
			x, err := time.Parse(time.DateTime, "2026-11-22 "+through)
			if err != nil {
				t.Fatal(err)
			}
			at = x.Unix()
		}
		a := w.ask(q, at, now)
		if got, want := a.From.Format(time.TimeOnly)+" "+a.To.Format(time.TimeOnly), from+" "+to; got != want {
			t.Errorf("settled after %s, seen until %q: asked for %s, want %s", wait, through, got, want)
		}
	}
	f(2*time.Minute, "", "11:43:00", "11:58:00")
	f(2*time.Minute, "11:57:00", "11:42:00", "11:58:00")
	f(10*time.Minute, "11:57:00", "11:42:00", "11:57:00") // not before 11:42, which is forgotten
	f(2*time.Minute, "11:00:00", "10:45:00", "11:58:00")
	f(2*time.Minute, "03:00:00", "08:43:00", "11:58:00") // three hours and the overlap
}

func TestCodec(t *testing.T) {
	t.Parallel()
	a := ask5(t, "AWS/EC2", "InstanceId", []string{"NetworkIn", "NetworkOut"}, "aws.ec2.network_bytes", "aws.ec2.network_in")
	a.round(0, 15, map[string]map[int]float64{"NetworkIn": {0: 1, 5: 1, 10: 1}, "NetworkOut": {0: 2, 5: 2}})
	a.round(0, 20, map[string]map[int]float64{"NetworkIn": {0: 1, 5: 3}, "NetworkOut": {0: 2.5, 5: 2}})
	var samples []batch.Sample
	for _, q := range a.plan.Queries {
		if q.Series != nil {
			samples = append(samples, batch.Sample{Series: q.Series, UnixMS: 1, Value: 2})
		}
	}
	data, err := encode(a.state, batch.Pack("cw/x/1-1", samples, a.start))
	if err != nil {
		t.Fatal(err)
	}
	st, outbox, err := decode(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := encode(st, outbox)
	if err != nil || string(again) != string(data) {
		t.Errorf("unpacked and packed it is another: %v", err)
	}
	if len(outbox) != 1 || outbox[0].ID[:9] != "cw/x/1-1/" || len(st.tracks) != len(a.state.tracks) {
		t.Errorf("%d messages, %d tracks", len(outbox), len(st.tracks))
	}
	for i := range data {
		if _, _, err := decode(data[:i]); err == nil {
			t.Fatalf("the first %d of %d bytes are a position", i, len(data))
		}
	}
}

func FuzzDecode(f *testing.F) {
	data, err := encode(&state{tracks: map[uint64]*track{1: {asked: 5, through: 4, points: []point{{1, 2, 3}}}},
		settles: map[string]*settle{"AWS/EC2/1m": {wait: time.Minute}}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte{version, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		st, outbox, err := decode(data)
		if err != nil {
			return
		}
		again, err := encode(st, outbox)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := decode(again); err != nil {
			t.Error(err)
		}
	})
}

// TestWrongWatermark: what a clock that was wrong left behind is forgotten, and
// nothing else is.
func TestWrongWatermark(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w := &worker{state: newState()}
	*w.state.track(1) = track{asked: now.Add(-time.Minute).Unix(), through: now.Add(-3 * time.Minute).Unix()}
	*w.state.track(2) = track{asked: now.Add(26 * time.Hour).Unix(), through: now.Add(26 * time.Hour).Unix(), points: []point{{at: 7}}}
	right := *w.state.track(1)
	w.unlearn(now, now)
	if got := *w.state.track(1); got.asked != right.asked || got.through != right.through {
		t.Errorf("what was right is %+v", got)
	}
	if got := *w.state.track(2); got.asked != 0 || got.through != 0 || len(got.points) != 1 {
		t.Errorf("what was wrong is %+v", got)
	}
	// By AWS' clock, which is a day ahead, the watermark was right.
	*w.state.track(2) = track{asked: now.Unix(), through: now.Add(24 * time.Hour).Unix()}
	if w.unlearn(now, now.Add(24*time.Hour)); w.state.track(2).through == 0 {
		t.Error("the clock of AWS does not count")
	}
}
