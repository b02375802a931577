package record

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

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
	want := []string{"opened: it is slow", "now critical: it is slow", "silenced by ann until", "resolved after 12 min"}
	if !slices.Equal(texts, want) {
		t.Errorf("history %q, want %q", texts, want)
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
			r.Updated(p, s, s.Sent.Rev, r.Rev)
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
	r.Updated(p, s, 1, 2)
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
