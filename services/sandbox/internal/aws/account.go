package aws

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/meter"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/monitoring"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/sqs"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// Config is how the account begins.
type Config struct {
	World world.Options
	Speed float64 // seconds of the world in one real second; 1 is real time
	Settings
}

// Defaults are a fleet of a first visit that behaves as AWS does.
func Defaults() Config {
	return Config{World: world.Defaults(), Speed: 1, Settings: Settings{Options: monitoring.Defaults()}}
}

// Account is all accounts of the sandbox.
type Account struct {
	world    *world.World
	meter    *meter.Meter
	calls    *calls
	faults   *faults
	watch    *monitoring.CloudWatch
	mux      *wire.Mux
	defaults Settings

	mu       sync.Mutex
	delivery []Delivery
}

// New returns an account in the state that cfg describes.
func New(cfg Config) (*Account, error) {
	w, err := world.New(cfg.World)
	if err != nil {
		return nil, err
	}
	if cfg.Speed != 1 {
		if err := w.SetClock(world.Clock{Speed: cfg.Speed}); err != nil {
			return nil, err
		}
	}
	a := &Account{world: w, meter: meter.New(), calls: &calls{}, faults: &faults{}, defaults: cfg.Settings}
	a.mux = wire.New(wire.Hooks{Now: a.faults.now, Clock: a.clock, Identify: w.Identify, Before: a.faults.before, After: a.after})
	queues := sqs.New(w)
	w.OnEvent(queues.Deliver)
	a.watch = monitoring.New(w, cfg.Options, queues.Deliver)
	a.watch.Register(a.mux)
	queues.Register(a.mux)
	register(a.mux, w)
	return a, a.set(cfg.Settings)
}

// clock is the account's time, unless it is real time or its clock is said to be off:
// then no client is to learn from it.
func (a *Account) clock() (now time.Time, scripted bool) {
	return a.world.Now(), a.world.Scripted() && !a.faults.skewed()
}

// World is what exists in the account.
func (a *Account) World() *world.World { return a.world }

// Close lets go of the state file.
func (a *Account) Close() error { return a.world.Close() }

// after counts and logs a request that was answered.
func (a *Account) after(_ context.Context, r *wire.Request, err error) {
	code := ""
	var e *wire.Error
	switch {
	case errors.As(err, &e):
		code = e.Code
	case err != nil:
		code = "InternalFailure"
	}
	a.meter.Count(meter.Call{Account: r.Caller.Account, Region: r.Region, Action: r.Action(), Metrics: r.Billed(), Error: code})
	a.calls.add(r, code)
}

// Handler serves AWS's own protocols, and under /sandbox/ what drives the account:
//
//	GET, DELETE         /sandbox/meter           requests, metrics, list-price dollars
//	GET, PUT, DELETE    /sandbox/clock           {now, advance, speed, frozen}; DELETE is real time again
//	GET, PUT, DELETE    /sandbox/aws             the switches: see [Settings]
//	POST                /sandbox/aws/faults      adds one [Fault]
//	GET                 /sandbox/aws/calls?since= who did what, and whether they might
func (a *Account) Handler() http.Handler {
	mux := http.NewServeMux()
	a.drive(mux)
	mux.Handle("/", a.mux)
	return mux
}
