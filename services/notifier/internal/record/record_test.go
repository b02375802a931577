package record

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

var at = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func open(version uint32) *eventv1.IncidentChanged {
	return &eventv1.IncidentChanged{Id: "i", Version: version, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Summary: "it is slow",
		OpenedAt: timestamppb.New(at), At: timestamppb.New(at), Severity: eventv1.Severity_SEVERITY_WARNING}
}

func ended(version uint32) *eventv1.IncidentChanged {
	c := open(version)
	c.State, c.Reason, c.ResolvedAt = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED, timestamppb.New(at.Add(12*time.Minute))
	return c
}

func TestApply(t *testing.T) {
	t.Parallel()
	r := New("i")
	if !r.Apply(open(2)) || r.Apply(open(2)) || r.Apply(open(1)) || r.Rev != 1 {
		t.Errorf("a version counts once: rev %d", r.Rev)
	}
	worse := open(3)
	worse.Severity = eventv1.Severity_SEVERITY_CRITICAL
	r.Apply(worse)
	r.SetMute(&Mute{ID: "s", Until: at, By: "ann"}, at)
	rev := r.Rev
	if r.Apply(open(4)); r.Rev != rev {
		t.Error("an update while silenced is shown")
	}
	if r.Apply(ended(5)); r.Rev == rev || r.Open() {
		t.Error("the end while silenced is not shown")
	}
	if r.Acknowledge(Who{ID: "U1"}, at, "") {
		t.Error("what is over can be acknowledged")
	}
	var texts []string
	for _, l := range r.Lines {
		texts = append(texts, l.Text)
	}
	want := []string{"opened: it is slow", "now critical: it is slow", "silenced by ann until"}
	if !slices.Equal(texts, want) {
		t.Errorf("history %q, want %q", texts, want)
	}
	p := r.Place("#ops")
	p.Root, p.Lines = Sent{TS: "1", Rev: r.Rev}, len(r.Lines)
	s := r.Next(p)
	if s.Kind != PostReply || !s.Closing || s.Part != ClosingPart {
		t.Fatalf("at the end: %+v", s)
	}
	r.Posted(p, s, "2", r.Closing.Rev)
	if !r.Clean() {
		t.Error("the summary is told again")
	}
	r.Show(&Chart{Version: 5, File: "F1"})
	r.Updated(p, r.Next(p), "1", p.Root.Rev, r.Rev)
	if s := r.Next(p); s.Kind != UpdateReply || !s.Closing {
		t.Errorf("the last picture is not in the summary: %+v", s)
	}
}

func TestNextIsTheMostUrgentAndComesToAnEnd(t *testing.T) {
	t.Parallel()
	r := New("i")
	r.Apply(open(1))
	p := r.Place("#ops")
	r.Ask("run1", "gc", "Collect garbage", Who{ID: "U1"}, at)
	r.ApplyRun(&eventv1.RunChanged{RunId: "run1", Version: 1, Action: "gc", State: eventv1.RunState_RUN_STATE_STARTED})
	r.Run("run1").Picture = &Chart{File: "F1"}
	var got []string
	for range 20 {
		// What is stored is what counts.
		data, _ := json.Marshal(r)
		r = &Record{}
		_ = json.Unmarshal(data, r)
		p = r.Place("#ops")
		s := r.Next(p)
		if s.Kind == Nothing {
			break
		}
		got = append(got, s.Part)
		if s.Kind.Posts() {
			if c := r.Claim(p, s, "me", at); c != nil {
				t.Errorf("%s: claimed by %v before", s.Part, c)
			}
			r.Posted(p, s, "ts-"+s.Part, r.Rev)
		} else {
			r.Updated(p, s, s.Sent.TS, s.Sent.Rev, r.Rev)
		}
	}
	if want := []string{"root", "run-run1", "picture-run1", "lines-0"}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	if !r.Clean() {
		t.Error("not clean at the end")
	}
}

func TestAnEditByAnotherIsDoneAnew(t *testing.T) {
	t.Parallel()
	r := New("i")
	r.Apply(open(1))
	p := r.Place("#ops")
	p.Root = Sent{TS: "1", Rev: 1}
	r.Rev = 3
	s := r.Next(p)
	p.Root.Rev = 3 // another instance edited to 3 while we edited to 2
	r.Updated(p, s, s.Sent.TS, 1, 2)
	if r.Next(p).Kind != UpdateRoot {
		t.Error("nobody knows what the message shows, and nobody edits it")
	}
}

func TestRunIDIsTheButtons(t *testing.T) {
	t.Parallel()
	r := New("i")
	r.Apply(open(1))
	first := r.NextRun("gc")
	if first != r.NextRun("gc") || first == r.NextRun("restart") || first == New("j").NextRun("gc") {
		t.Error("a run's id does not come from incident and action")
	}
	if !r.Ask(first, "gc", "", Who{}, at) || r.Ask(first, "gc", "", Who{}, at) {
		t.Error("a run can be asked for twice")
	}
	if r.NextRun("gc") == first {
		t.Error("the next run has the same id")
	}
}

func TestAnUpdateThatSaysNothingNewIsNoEdit(t *testing.T) {
	t.Parallel()
	update := func(version uint32, value float64) *eventv1.IncidentChanged {
		c := open(version)
		c.Reason, c.At, c.DataAge = eventv1.IncidentReason_INCIDENT_REASON_UPDATED, timestamppb.New(at.Add(time.Duration(version)*time.Minute)), durationpb.New(time.Duration(version)*time.Minute)
		c.Conditions = []*eventv1.ConditionState{{Metric: "m", Value: value, ValueAt: c.At}}
		return c
	}
	r := New("i")
	f := func(c *eventv1.IncidentChanged, edit bool, drawn uint32) {
		t.Helper()
		rev := r.Rev
		if !r.Apply(c) || r.Version != c.GetVersion() || (r.Rev != rev) != edit {
			t.Errorf("version %d: rev %d → %d, want an edit: %v", c.GetVersion(), rev, r.Rev, edit)
		}
		if r.Drawn(drawn-1) || !r.Drawn(drawn) {
			t.Errorf("version %d: news are of %d, want %d", c.GetVersion(), r.News, drawn)
		}
	}
	f(update(1, 5), true, 1)
	f(update(2, 5), false, 1)
	f(update(3, 6), true, 3)
	f(update(4, 6), false, 3)
	f(update(18, 6), true, 3) // a quarter of an hour later
	f(update(19, 6), false, 3)
	f(ended(20), true, 20)
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	asked := func() *Record {
		c := open(1)
		c.Ask = &eventv1.Ask{Owner: "ann", Within: durationpb.New(time.Hour), Otherwise: "stop"}
		r := New("i")
		r.Apply(c)
		r.AskOwner(at)
		r.AskOwner(at.Add(time.Minute)) // once
		return r
	}
	f := func(what string, do func(*Record), waits bool) {
		t.Helper()
		r := asked()
		do(r)
		ask, due := r.Waiting()
		if (ask != nil) != waits || waits && !due.Equal(at.Add(time.Hour)) {
			t.Errorf("%s: waits %v until %s", what, ask, due)
		}
		if r.Lapse(at.Add(59*time.Minute), "Stop", "") {
			t.Errorf("%s: lapses too early", what)
		}
		if got := r.Lapse(at.Add(time.Hour), "Stop", ""); got != waits || r.Lapse(at.Add(2*time.Hour), "Stop", "") {
			t.Errorf("%s: lapses %v, want %v and once", what, got, waits)
		}
		if n := r.Asked("stop"); waits && (n != 1 || r.Question.Run == "" || r.Due() != r.Question.Lapsed) {
			t.Errorf("%s: %d runs, due %s", what, n, r.Due())
		}
	}
	f("nobody answers", func(*Record) {}, true)
	f("acknowledged", func(r *Record) { r.Acknowledge(Who{ID: "U1"}, at, "") }, false)
	f("run", func(r *Record) { r.Ask("r1", "keep", "Keep", Who{ID: "U1"}, at) }, false)
	f("silenced, and the silence over", func(r *Record) {
		r.SetMute(&Mute{ID: "s", Until: at, By: "ann"}, at)
		r.SetMute(nil, at)
	}, false)
	f("resolved", func(r *Record) { r.Apply(ended(2)) }, false)

	held := open(1)
	held.Ask = &eventv1.Ask{Within: durationpb.New(time.Hour)}
	r := New("i")
	r.Apply(held)
	r.Held = true
	if r.AskOwner(at); r.Question != nil {
		t.Error("who is not told is not asked")
	}
	if ask, _ := New("j").Waiting(); ask != nil || !New("j").Due().IsZero() {
		t.Error("an empty record waits")
	}
}
