package record

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	ann, at := Who{Backend: "slack", ID: "U1", Name: "ann"}, time.Unix(1000, 0)
	run := func(by Who, effect eventv1.Effect) func(*Record) {
		c, _ := proto.Marshal(&eventv1.RunChanged{State: eventv1.RunState_RUN_STATE_DONE, Verification: &eventv1.Verification{Effect: effect}})
		return func(r *Record) { r.Runs = append(r.Runs, &Run{ID: "r", By: by, Change: c}) }
	}
	judge := func(v Verdict) func(*Record) {
		return func(r *Record) { r.Judge(Feedback{By: ann, At: at, Verdict: v}) }
	}
	ack := func(r *Record) { r.Ack = &Ack{By: ann, At: at} }
	told := func(r *Record) { r.Place("#ops").Root.TS = "1" }
	for name, c := range map[string]struct {
		do   []func(*Record)
		want eventv1.Outcome
	}{
		"nobody was told":      {nil, eventv1.Outcome_OUTCOME_UNSPECIFIED},
		"told":                 {[]func(*Record){told}, eventv1.Outcome_OUTCOME_IGNORED},
		"in a group":           {[]func(*Record){func(r *Record) { r.Place("#ops").Group = "g.ops.1" }}, eventv1.Outcome_OUTCOME_IGNORED},
		"acknowledged":         {[]func(*Record){told, ack}, eventv1.Outcome_OUTCOME_ACKNOWLEDGED},
		"assigned":             {[]func(*Record){told, func(r *Record) { r.Assigned = &Assignment{To: ann} }}, eventv1.Outcome_OUTCOME_ACKNOWLEDGED},
		"a person's run":       {[]func(*Record){told, ack, run(ann, eventv1.Effect_EFFECT_NONE)}, eventv1.Outcome_OUTCOME_ACTED},
		"helped by itself":     {[]func(*Record){told, run(Parley, eventv1.Effect_EFFECT_RECOVERED)}, eventv1.Outcome_OUTCOME_ACTED},
		"in vain by itself":    {[]func(*Record){told, run(Parley, eventv1.Effect_EFFECT_NONE)}, eventv1.Outcome_OUTCOME_IGNORED},
		"noise, though acked":  {[]func(*Record){told, ack, judge(Noise)}, eventv1.Outcome_OUTCOME_NOISE},
		"useful, and acted on": {[]func(*Record){told, run(ann, eventv1.Effect_EFFECT_NONE), judge(Useful)}, eventv1.Outcome_OUTCOME_USEFUL},
	} {
		r := New("inc1")
		for _, state := range []eventv1.IncidentState{eventv1.IncidentState_INCIDENT_STATE_OPEN, eventv1.IncidentState_INCIDENT_STATE_RESOLVED} {
			if r.Incident() != nil {
				if o := r.Outcome(); o != eventv1.Outcome_OUTCOME_UNSPECIFIED {
					t.Errorf("%s: %v while it is open", name, o)
				}
			}
			r.Apply(&eventv1.IncidentChanged{Id: "inc1", Version: r.Version + 1, State: state, OpenedAt: timestamppb.New(at), At: timestamppb.New(at)})
			if state == eventv1.IncidentState_INCIDENT_STATE_OPEN {
				for _, do := range c.do {
					do(r)
				}
			}
		}
		if o := r.Outcome(); o != c.want {
			t.Errorf("%s: %v, want %v", name, o, c.want)
		}
		if (r.Ended() == nil) != (c.want == eventv1.Outcome_OUTCOME_UNSPECIFIED) {
			t.Errorf("%s: %v", name, r.Ended())
		}
	}
}
