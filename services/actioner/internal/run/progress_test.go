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

// A long run tells how far it is, not too often; neither its record nor the
// audit has it.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.declare(inCloud)
		s.with(1, nil, func() {
			s.request("run-1", "stop")
			time.Sleep(5 * time.Second)
			s.cloud.Do(func(c *actiontest.Cloud) { c.Instances[report].At = time.Now().Add(100 * time.Second) })
			time.Sleep(4 * time.Minute)
		})
		run := s.want("run-1", done)
		var told []string
		var last *eventv1.RunChanged
		for _, m := range s.messages(bus.RunsLog, "runs.v1.run-1") {
			c, err := bus.Decode[*eventv1.RunChanged](m)
			if err != nil {
				t.Fatal(err)
			}
			if last = c.Event; last.GetProgress() != "" {
				told = append(told, last.GetProgress())
				if last.GetState() != eventv1.RunState_RUN_STATE_STARTED || last.GetVersion() != 1 {
					t.Errorf("told with %v, version %d", last.GetState(), last.GetVersion())
				}
			}
		}
		if n := len(told); n < 5 || n > 8 || !strings.HasPrefix(told[0], report+" batch-report is stopping, for 1") {
			t.Errorf("told %q", told)
		}
		if run.GetProgress() != "" || last.GetProgress() != "" || len(s.audited("run-1")) != 2 {
			t.Errorf("kept: %q, %q, audit %v", run.GetProgress(), last.GetProgress(), s.audited("run-1"))
		}
	})
}
