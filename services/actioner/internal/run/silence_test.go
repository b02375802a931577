package run

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
	"github.com/parley-ops/parley/services/internal/bus"
)

const silent = `
actions:
  - {name: stop, kind: aws-ec2, allow: ["@ops"], cool_down: 0s, timeout: 2m, parameters: {account: shop, region: eu-west-1, instance_id: i-0ba7c4e9d1f2a3b40},
     verify: {within: 30m, silent: {metric: aws.ec2.cpu_utilization, for: 10m, by: [account, region, instance_id]}}, aws-ec2: {operation: stop}}
`

// What was stopped is verified by its series falling silent: success, told in
// words, and never a lack of data.
func TestVerifiedBySilence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		incident bool
		samples  int // one a minute, after the stop
		want     eventv1.Effect
		text     string
	}{
		"silent":              {true, 0, eventv1.Effect_EFFECT_RECOVERED, "stopped: no cpu utilization samples for 10 min; saves about $312 a month at list price"},
		"without an incident": {false, 0, eventv1.Effect_EFFECT_RECOVERED, "stopped: no cpu utilization samples for 10 min; saves about $312 a month at list price"},
		"a straggler":         {true, 5, eventv1.Effect_EFFECT_RECOVERED, "stopped: no cpu utilization samples for 10 min; saves about $312 a month at list price"},
		"goes on":             {true, 40, eventv1.Effect_EFFECT_NONE, "not silent: cpu utilization samples still came "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBed(t)
				s.declare(silent)
				for p := range bus.Partition(bus.Partitions) {
					if p != 7 {
						actiontest.NewEvaluator(t, s.bus.Conn("evaluator"), p).Rename("another.metric")
					}
				}
				s.evaluator.Rename("aws.ec2.cpu_utilization")
				s.evaluator.Sample(97)
				s.with(2, nil, func() {
					s.request("run-1", "stop", func(r *eventv1.RunRequested) {
						if !c.incident {
							r.Incident = nil
						}
					})
					time.Sleep(30 * time.Second)
					for range c.samples {
						time.Sleep(time.Minute)
						s.evaluator.Sample(97)
					}
					time.Sleep(40 * time.Minute)
				})
				v := s.want("run-1", done).GetVerification()
				if v.GetEffect() != c.want || !strings.HasPrefix(v.GetText(), c.text) {
					t.Errorf("got %v %q, want %v %q", v.GetEffect(), v.GetText(), c.want, c.text)
				}
			})
		})
	}
}
