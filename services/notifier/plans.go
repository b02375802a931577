package notifier

import (
	"context"
	"log/slog"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	// planWithin bounds the question what runs would do: a message goes out
	// without their plans rather than late.
	planWithin = 300 * time.Millisecond
	// planPause is how long nobody is asked after nobody answered.
	planPause = 10 * time.Second
	// formWithin bounds it for a person's form.
	formWithin = 1200 * time.Millisecond
)

// planner asks the actioners what the buttons of a message would do.
type planner struct {
	conn *bus.Conn
	log  *slog.Logger

	mu    sync.Mutex
	until time.Time
}

// Plans returns what runs would do, by their ids; nil if no actioner says so at
// once.
func (p *planner) Plans(runs []*eventv1.RunRequested) map[string]*eventv1.RunPlan {
	p.mu.Lock()
	resting := time.Now().Before(p.until)
	p.mu.Unlock()
	if resting {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), planWithin)
	defer cancel()
	a, err := bus.Ask(ctx, p.conn, bus.PlanQuestion, &eventv1.PlanQuery{Runs: runs})
	if err != nil || a.GetError() != "" {
		p.log.Info("buttons without their plans", "err", err, "reason", a.GetError())
		p.mu.Lock()
		p.until = time.Now().Add(planPause)
		p.mu.Unlock()
		return nil
	}
	out := make(map[string]*eventv1.RunPlan, len(a.GetPlans()))
	for _, plan := range a.GetPlans() {
		out[plan.GetRunId()] = plan
	}
	return out
}

// Plan returns what one run would do; nil if no actioner says so in time.
func (p *planner) Plan(run *eventv1.RunRequested) *eventv1.RunPlan {
	ctx, cancel := context.WithTimeout(context.Background(), formWithin)
	defer cancel()
	a, err := bus.Ask(ctx, p.conn, bus.PlanQuestion, &eventv1.PlanQuery{Runs: []*eventv1.RunRequested{run}})
	if err != nil || len(a.GetPlans()) != 1 {
		p.log.Warn("no plan for a form", "action", run.GetAction(), "err", err, "reason", a.GetError())
		return nil
	}
	return a.GetPlans()[0]
}
