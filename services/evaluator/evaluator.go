package evaluator

import (
	"context"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/internal/budget"
	"github.com/parley-ops/parley/services/evaluator/internal/calendar"
	"github.com/parley-ops/parley/services/evaluator/internal/partition"
	"github.com/parley-ops/parley/services/evaluator/internal/rules"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
)

// Service describes the evaluator to the process that runs it.
func Service() service.Service { return service.New("evaluator", Defaults, run) }

// run judges samples until ctx is done.
func run(ctx context.Context, cfg Config, env service.Env) error {
	metrics := partition.NewMetrics(env.Metrics)
	keeper := rules.New(env.Bus, env.Log, env.Instance, cfg.Policies)
	keeper.Problems = func(n int) { metrics.PolicyProblems.Set(float64(n)) }
	budgets := budget.New(env.Bus, env.Log, cfg.TeamLabel, cfg.TeamSeries, time.Duration(cfg.ForgetAfter))
	stored := past{env.Bus, cfg.Archive}
	planned := calendar.New(env.Bus, env.Log)
	manager := partition.New(partition.Options{Conn: env.Bus, Log: env.Log, Instance: env.Instance, Rules: keeper, Calendar: planned, Budget: budgets,
		Metrics: metrics, History: historySamples, Ready: env.Ready})

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	var keeperErr error
	wg.Go(func() {
		keeperErr = keeper.Run(ctx)
		cancel()
	})
	wg.Go(func() { _ = planned.Run(ctx) })
	wg.Go(func() { budgets.Run(ctx) })
	wg.Go(func() {
		err := bus.Answer(ctx, env.Bus, bus.ReplayQuestion, func(ctx context.Context, q *eventv1.ReplayQuery) *eventv1.ReplayAnswer {
			return try(ctx, env, stored, q)
		})
		if err != nil { // what is live goes on
			env.Log.Error("replays are not answered", "err", err)
		}
	})
	wg.Go(func() {
		if err := bus.Answer(ctx, env.Bus, bus.ProposeQuestion, newProposer(env, stored).answer); err != nil {
			env.Log.Error("proposals are not made", "err", err)
		}
	})
	err := manager.Run(ctx)
	cancel()
	wg.Wait()
	if err == nil {
		err = keeperErr
	}
	return err
}
