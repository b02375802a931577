package verify

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestSilence(t *testing.T) {
	t.Parallel()
	done := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	f := func(name string, after time.Duration, over, due bool, last time.Duration, effect eventv1.Effect, text string) {
		t.Helper()
		run := &eventv1.RunChanged{FinishedAt: timestamppb.New(done), SavingUsdPerHour: 0.384}
		q := Quiet{Metric: "aws.ec2.cpu_utilization", For: 10 * time.Minute, Over: over, Due: due}
		if last != 0 {
			q.Series = []*eventv1.SeriesHistory{{}, {TimeUnixMs: []int64{done.Add(-time.Hour).UnixMilli(), done.Add(last).UnixMilli()}, Values: []float64{1, 2}}}
		}
		v := Silence(run, q, done.Add(after))
		if v.GetEffect() != effect || v.GetText() != text {
			t.Errorf("%s: got %v %q, want %v %q", name, v.GetEffect(), v.GetText(), effect, text)
		}
	}
	const none = eventv1.Effect_EFFECT_UNSPECIFIED
	f("too early", 9*time.Minute, true, false, -time.Minute, none, "")
	f("silent", 10*time.Minute, false, false, -time.Minute, eventv1.Effect_EFFECT_RECOVERED, "stopped: no cpu utilization samples for 10 min; saves about $280 a month at list price")
	f("a late sample", 11*time.Minute, true, false, 2*time.Minute, none, "")
	f("silent after a late sample", 12*time.Minute, true, false, 2*time.Minute, eventv1.Effect_EFFECT_RECOVERED, "stopped: no cpu utilization samples for 10 min; saves about $280 a month at list price")
	f("no series, and over", 10*time.Minute, true, false, 0, eventv1.Effect_EFFECT_RECOVERED, "stopped: what was found is no more, after 10 min; saves about $280 a month at list price")
	f("no series, not over", 29*time.Minute, false, false, 0, none, "")
	f("no series at all", 30*time.Minute, false, true, 0, eventv1.Effect_EFFECT_NOT_MEASURABLE,
		"stopped, as AWS says; there were no cpu utilization samples before either, so nothing falls silent; saves about $280 a month at list price")
	f("still sending", 30*time.Minute, true, true, 28*time.Minute, eventv1.Effect_EFFECT_NONE, "not silent: cpu utilization samples still came 2 min ago; is it running again?")
}
