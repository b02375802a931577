package offhours

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

const (
	// every is how often resources are looked at.
	every = 5 * time.Minute
	// counts is how long after its time a transition is still made.
	counts = time.Hour
	// perPlace is how long one account in one region may take.
	perPlace = time.Minute
	// mostResources bounds one account in one region.
	mostResources = 5000
)

// Watcher is who asks.
type Watcher struct {
	Bus      *bus.Conn
	Accounts *account.Set
	Log      *slog.Logger
	// Tag is the name of the tag, Zone that of tags that name none.
	Tag  string
	Zone *time.Location
	// Dry: only say what would be done.
	Dry bool
}

// resource is one with the tag.
type resource struct {
	what          string // instance or database
	id, value     string
	running, idle bool // neither: on its way
}

// Watch looks and asks until ctx is done.
func (w *Watcher) Watch(ctx context.Context) {
	for {
		w.look(ctx, time.Now())
		if wait.For(ctx, every) != nil {
			return
		}
	}
}

// look goes through all accounts that can be acted on.
func (w *Watcher) look(ctx context.Context, now time.Time) {
	accounts, err := w.Accounts.Resolve(ctx)
	if err != nil {
		w.Log.Warn("off-hours not looked at", "err", err)
		return
	}
	for _, a := range accounts {
		for _, region := range a.Regions {
			if a.ActionRole == "" || ctx.Err() != nil {
				continue
			}
			one, cancel := context.WithTimeout(ctx, perPlace)
			list, err := w.find(one, a, region)
			cancel()
			if err != nil && ctx.Err() == nil {
				w.Log.Warn("off-hours not looked at everywhere", "account", a.ID, "region", region, "err", err)
			}
			for _, r := range list {
				if err := w.decide(ctx, a, region, r, now); err != nil && ctx.Err() == nil {
					w.Log.Warn("off-hours not asked for", "account", a.ID, "region", region, "resource", r.id, "err", err)
				}
			}
		}
	}
}

// decide asks for a run if the resource is not as its tag says.
func (w *Watcher) decide(ctx context.Context, a account.Account, region string, r resource, now time.Time) error {
	s, err := Parse(r.value, w.Zone)
	if err != nil {
		return fmt.Errorf("tag %s=%q: %w", w.Tag, r.value, err)
	}
	tr, ok := s.Last(now)
	if !ok || now.Sub(tr.At) >= counts || tr.On && !r.idle || !tr.On && !r.running {
		return nil
	}
	req := w.request(a, region, r, tr)
	ctx, cancel := context.WithTimeout(ctx, perPlace)
	defer cancel()
	if _, err := bus.ActionRuns.Get(ctx, w.Bus, req.GetRunId()); !errors.Is(err, bus.ErrNotFound) {
		return err // asked for before; whatever came of it, once is enough
	}
	m := &eventv1.ActionMessage{Message: &eventv1.ActionMessage_Request{Request: req}}
	if _, err := bus.Publish(ctx, w.Bus, bus.ActionRequests(req.GetRunId()), "offhours/"+req.GetRunId(), m); err != nil {
		return err
	}
	w.Log.Info("asked for by off-hours", "run", req.GetRunId(), "action", req.GetAction(), "resource", r.id, "dry", w.Dry)
	return nil
}

// request is the run that a transition comes to. Its id is the same whoever
// asks, and however often.
func (w *Watcher) request(a account.Account, region string, r resource, tr Transition) *eventv1.RunRequested {
	verb, parameter := "stop", map[string]string{"instance": "instance_id", "database": "database"}[r.what]
	if tr.On {
		verb = "start"
	}
	sum := sha256.Sum256([]byte(a.ID + "/" + region + "/" + r.what + "/" + r.id))
	id := fmt.Sprintf("offhours-%s-%s-%s", hex.EncodeToString(sum[:8]), verb, tr.At.UTC().Format("20060102T1504"))
	if w.Dry {
		id += "-dry"
	}
	return &eventv1.RunRequested{RunId: id, Action: verb + "-" + r.what, DryRun: w.Dry, At: timestamppb.New(tr.At),
		Parameters: map[string]string{"account": a.ID, "region": region, parameter: r.id},
		Actor:      &eventv1.Actor{Person: &eventv1.Person{Id: declare.Parley, Name: declare.Parley + ", by the tag " + w.Tag}, Backend: declare.Parley}}
}
