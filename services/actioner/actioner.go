package actioner

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/approval"
	"github.com/parley-ops/parley/services/actioner/internal/audit"
	"github.com/parley-ops/parley/services/actioner/internal/catalog"
	"github.com/parley-ops/parley/services/actioner/internal/offhours"
	"github.com/parley-ops/parley/services/actioner/internal/outbound"
	"github.com/parley-ops/parley/services/actioner/internal/run"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
)

// Service describes the actioner to the process that runs it.
func Service() service.Service { return service.New("actioner", Defaults, start) }

func start(ctx context.Context, cfg Config, env service.Env) error {
	accounts, err := cfg.AWS.Load(nil)
	if err != nil {
		return err
	}
	return serve(ctx, cfg, env, action.Deps{Accounts: accounts,
		Transport: outbound.Transport, Secrets: action.NewVault(nil), SandboxToken: cfg.SandboxToken.Reveal()})
}

// serve carries out requests until ctx is done. deps are its ways out.
func serve(ctx context.Context, cfg Config, env service.Env, deps action.Deps) error {
	settings, err := cfg.settings()
	if err != nil {
		return err
	}
	zone, err := offhours.Zone(cfg.OffHoursZone)
	if err != nil {
		return fmt.Errorf("--actioner-offhours-zone: %w", err)
	}
	offered, err := catalog.Open(cfg.folder(), declare.Options{Deps: deps, Settings: settings}, env.Log)
	if err != nil {
		return fmt.Errorf("--actions: %w", err)
	}
	people, err := approval.ParsePeople(cfg.SamePerson)
	if err != nil {
		return fmt.Errorf("--actioner-same-person: %w", err)
	}
	runner := &run.Runner{Bus: env.Bus, Instance: env.Instance, Log: env.Log, Action: offered.Get, Settings: settings, Secrets: deps.Secrets,
		Account: accountID(deps.Accounts), FreezeAllow: cfg.FreezeAllow, People: people, Member: run.AskMember(env.Bus),
		Metrics: run.NewMetrics(env.Metrics, func(name string) bool {
			_, ok := offered.Get(name)
			return ok || name == declare.Freeze || name == declare.Thaw
		})}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { offered.Run(ctx, env.Bus) })
	wg.Go(func() { runner.Schedules(ctx) })
	wg.Go(func() {
		if err := bus.Answer(ctx, env.Bus, bus.PlanQuestion, runner.Plans); err != nil && ctx.Err() == nil {
			env.Log.Error("plans are not shown", "err", err)
		}
	})
	wg.Go(func() { (&audit.Policies{Bus: env.Bus, Log: env.Log}).Run(ctx) })
	if cfg.OffHours != "off" && deps.Accounts != nil {
		w := &offhours.Watcher{Bus: env.Bus, Accounts: deps.Accounts, Log: env.Log, Tag: cfg.OffHoursTag, Zone: zone, Dry: cfg.OffHours == "dry-run"}
		wg.Go(func() { w.Watch(ctx) })
	}
	var reminded error
	wg.Go(func() {
		reminded = bus.Consume(ctx, env.Bus, bus.ActionerVerifications, runner.Remind)
		cancel()
	})
	err = bus.Consume(ctx, env.Bus, bus.ActionerRequests, runner.Request)
	cancel()
	wg.Wait()
	if err != nil {
		return fmt.Errorf("requests: %w", err)
	}
	if reminded != nil {
		return fmt.Errorf("verifications: %w", reminded)
	}
	return nil
}

// accountID returns the id of a cloud account by its id or name, or what was
// given and false where there is none such. That of the process's own
// credentials has no id until AWS says it: it may be any.
func accountID(accounts *account.Set) func(string) (string, bool) {
	return func(idOrName string) (string, bool) {
		if accounts == nil {
			return idOrName, true
		}
		if a, ok := accounts.Get(idOrName); ok && a.ID != "" {
			return a.ID, true
		}
		return idOrName, slices.ContainsFunc(accounts.Accounts(), func(a account.Account) bool { return a.ID == "" })
	}
}
