package run

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// How often people hear how far a run is: every tellFirst, after a while every
// tellLater, each time within tellWithin.
const (
	tellFirst  = 10 * time.Second
	tellLater  = 30 * time.Second
	tellWithin = 2 * time.Second
)

// progress returns what tells people how far a run is, for [action.Call]. It is
// told beside the run's versions, under the newest one, and kept nowhere: what
// is lost or late is told again, or over. It is for one goroutine.
func (r *Runner) progress(run *eventv1.RunChanged) func(context.Context, string) {
	began := time.Now()
	last := began
	return func(ctx context.Context, text string) {
		now, every := time.Now(), tellFirst
		if now.Sub(began) > time.Minute {
			every = tellLater
		}
		if now.Sub(last) < every || ctx.Err() != nil {
			return
		}
		last = now
		told := proto.CloneOf(run)
		told.Progress, told.At = r.Secrets.Scrub(text), timestamppb.New(now)
		ctx, cancel := context.WithTimeout(ctx, tellWithin)
		defer cancel()
		id := fmt.Sprintf("run/%s/%d/at/%d", run.GetRunId(), run.GetVersion(), now.UnixMilli())
		if _, err := bus.Publish(ctx, r.Bus, bus.Runs(run.GetRunId()), id, told); err != nil {
			r.Log.Warn("progress of a run not told", "run", run.GetRunId(), "err", err)
		}
	}
}
