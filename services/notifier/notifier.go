package notifier

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/inbound"
	"github.com/parley-ops/parley/services/notifier/internal/queue"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Service describes the notifier to the process that runs it.
func Service() service.Service { return service.New("notifier", Defaults, run) }

// run tells people of incidents until ctx is done.
func run(ctx context.Context, cfg Config, env service.Env) error {
	n, err := build(cfg, env, nil)
	if err != nil {
		return err
	}
	stop, err := n.listen(cfg.Listen, env)
	if err != nil {
		return err
	}
	defer stop()
	return n.work(ctx)
}

// notifier is the service with what it touches.
type notifier struct {
	env     service.Env
	backend chat.Backend
	store   *record.Store
	sender  *queue.Sender
	people  *inbound.Handler
	routing *routing
	known   *known
	uploads chan struct{}
	key     *buttonKey
	due     *due
	digest  digestTime
	// proposals are told then.
	proposals clockTime
	causes    *causes
	endings   *endings
	rim       rim
	now       func() time.Time
}

// build puts the parts together. client, if set, carries the chat's requests.
func build(cfg Config, env service.Env, client *http.Client) (*notifier, error) {
	routes, text, err := cfg.routesFile()
	if err != nil {
		return nil, err
	}
	words, err := cfg.words()
	if err != nil {
		return nil, err
	}
	backend, err := cfg.open(chat.Deps{Log: env.Log, Metrics: env.Metrics, HTTP: client})
	if err != nil {
		return nil, err
	}
	ended := &endings{}
	n := &notifier{env: env, backend: backend, endings: ended, store: record.NewStore(bus.Incidents.On(env.Bus), ended.note), routing: newRouting(routes, text), known: newKnown(env.Metrics, env.Log), uploads: make(chan struct{}, 4),
		key: &buttonKey{}, due: newDue(), now: time.Now}
	if n.digest, err = cfg.digest(); err != nil {
		return nil, err
	}
	if n.proposals, err = cfg.proposals(); err != nil {
		return nil, err
	}
	n.causes = &causes{changed: n.known.changed, keys: bus.IncidentCauses.On(env.Bus), now: n.now}
	people := &owners{backend: backend}
	names := &mentions{backend: backend, rotations: n.routing.Rotations}
	plans := &planner{conn: env.Bus, log: env.Log}
	n.rim = &atRim{env.Bus, env.Log, plans}
	n.sender = queue.New(queue.Config{Groups: bus.IncidentGroups.On(env.Bus), Notes: bus.NotifierNotes.On(env.Bus), Backend: backend, Store: n.store, Self: env.Instance, Default: cfg.Channel, Rate: cfg.Rate,
		Log: env.Log, Metrics: env.Metrics, Silences: n.known.Silences, Actions: n.known.Actions,
		Key: n.key.Key, Owner: people.Owner, Scores: n.known.Scores, Plans: plans.Plans, Words: words.Words,
		Loaded: func(all []*record.Record) { n.due.loaded(all); ended.loaded(all) }, Evidence: ended.Of,
		Before: func(r *record.Record) int { return n.people.Before(r) }, Mention: names.Spans, Link: (&links{backend, n.store}).Link})
	n.decide()
	n.people = inbound.New(inbound.Config{Conn: env.Bus, Backend: backend, Store: n.store, Touch: n.sender.Touch, Grouped: n.sender.Grouped,
		AckGroup: n.sender.AckGroup, GroupMessage: n.sender.GroupMessage,
		Silences: n.known.Silences, Actions: n.known.Actions, Remedies: n.known.Remedies, Evidence: ended.Of, Noisy: ended.Noisy, Plan: plans.Plan, Rehearse: n.rehearse, Key: n.key.Key, Routes: n.routing.Table, Rotations: n.routing.Rotations,
		Default: cfg.Channel, Channels: func() []string { return n.channels(cfg) }, Log: env.Log, Metrics: env.Metrics})
	return n, nil
}

// work runs until ctx is done.
func (n *notifier) work(ctx context.Context) error {
	var wg sync.WaitGroup
	defer n.people.Wait()
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() { n.watchSilences(ctx) })
	wg.Go(func() { n.watchWindows(ctx) })
	wg.Go(func() { n.watchActions(ctx) })
	wg.Go(func() { n.watchRemedies(ctx) })
	wg.Go(func() { n.rememberEndings(ctx) })
	wg.Go(func() { n.watchRouting(ctx) })
	wg.Go(func() { n.publishRoutes(ctx) })
	wg.Go(func() { n.watchCauses(ctx) })
	if r, ok := n.backend.(chat.Receiver); ok {
		wg.Go(func() { _ = r.Receive(ctx, n.people.Take) })
	}
	if err := n.resume(ctx); err != nil {
		return nil // ctx is done
	}
	wg.Go(func() { n.warm(ctx) })
	// The lanes outlive the consumers, so that what was taken is ended.
	lanes, stopLanes := context.WithCancel(context.WithoutCancel(ctx))
	wg.Go(func() { n.sender.Run(lanes) })
	wg.Go(func() { n.sweep(ctx) })
	wg.Go(func() { n.watchDue(ctx) })
	wg.Go(func() { n.digests(ctx) })
	wg.Go(func() { n.byClock(ctx, n.proposals, "proposals", n.tellProposals) })
	wg.Go(func() { n.tellWindows(ctx) })
	wg.Go(func() { n.watchRecovery(ctx) })
	wg.Go(func() {
		if err := bus.Answer(ctx, n.env.Bus, bus.MemberQuestion, n.people.Member); err != nil && ctx.Err() == nil {
			n.env.Log.Error("actioners are not told who is in groups", "err", err)
		}
	})
	wg.Go(func() { n.watchChats(ctx) })
	wg.Go(func() { n.people.Homes(ctx) })
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stopLanes) })

	errs := make(chan error, 4)
	wg.Go(func() { errs <- bus.ConsumeAsync(ctx, n.env.Bus, bus.NotifierIncidents, n.incidents) })
	wg.Go(func() { errs <- bus.ConsumeAsync(ctx, n.env.Bus, bus.NotifierCharts, n.charts) })
	wg.Go(func() { errs <- bus.ConsumeAsync(ctx, n.env.Bus, bus.NotifierRuns, n.runs) })
	wg.Go(func() { errs <- bus.Consume(ctx, n.env.Bus, bus.NotifierInbound, n.people.Handle) })
	n.env.Log.Info("telling people", "chat", n.backend.Name(), "channel", n.routing.Table().Default())
	select {
	case <-ctx.Done():
		return nil
	case err := <-errs:
		return err
	}
}

// resume takes up what an earlier life left, once the bus answers and what is
// silenced is known.
func (n *notifier) resume(ctx context.Context) error {
	pause := wait.Pause{Last: 10 * time.Second}
	for {
		err := n.known.wait(ctx)
		if err == nil {
			err = n.readCauses(ctx)
		}
		if err == nil {
			err = n.key.agree(ctx, n.env.Bus)
		}
		if err == nil {
			err = n.sender.Resume(ctx)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n.env.Log.Warn("records not read, again", "err", err)
		if err := pause.Wait(ctx); err != nil {
			return err
		}
	}
}

// sweepEvery is how often to look for what another instance left undone.
const sweepEvery = 5 * time.Minute

func (n *notifier) sweep(ctx context.Context) {
	for wait.For(ctx, sweepEvery) == nil {
		if err := n.key.agree(ctx, n.env.Bus); err != nil && ctx.Err() == nil {
			n.env.Log.Warn("the buttons' key is not read", "err", err)
		}
		if err := n.sender.Sweep(ctx); err != nil && ctx.Err() == nil {
			n.env.Log.Warn("records not swept", "err", err)
		}
	}
}

// warm looks the default channel up before the first incident needs it, and
// says where to look.
func (n *notifier) warm(ctx context.Context) {
	pause, since := wait.Pause{First: time.Second, Last: 30 * time.Second}, time.Now()
	for {
		_, err := n.backend.Channel(ctx, n.routing.Table().Default())
		if err == nil {
			n.env.Ready(true, "")
			n.absent(ctx, since, 0, nil)
			n.where(ctx)
			return
		}
		if ctx.Err() != nil {
			return
		}
		n.env.Ready(false, "the chat is not there: "+err.Error())
		n.env.Log.Warn("chat is not there, trying again", "chat", n.backend.Name(), "channel", n.routing.Table().Default(), "err", err)
		n.absent(ctx, since, pause.Attempt(), err)
		if pause.Wait(ctx) != nil {
			return
		}
	}
}

// where says where people find what is told.
func (n *notifier) where(ctx context.Context) {
	place := n.backend.Name()
	if p, ok := n.backend.(chat.Placer); ok {
		if where, err := p.Where(ctx); err == nil {
			place = where
		}
	}
	n.env.Say(fmt.Sprintf("incidents   in %s of %s", n.routing.Table().Default(), place))
	n.env.Log.Info("chat is there", "chat", n.backend.Name(), "channel", n.routing.Table().Default(), "where", place)
}

// incidents tells what happened to incidents. Nobody is told of those that do
// not hold for long enough yet.
func (n *notifier) incidents(ctx context.Context, m *bus.Message[*eventv1.IncidentBatch], done func(error)) {
	var told []*eventv1.IncidentChanged
	for _, c := range m.Event.GetChanges() {
		if visible(c) {
			told = append(told, c)
		}
	}
	if len(told) == 0 {
		done(nil)
		return
	}
	for _, c := range told {
		if err := n.cause(ctx, c); err != nil {
			done(err)
			return
		}
	}
	part := queue.Split(len(told), func(err error) { done(err); n.people.Changed() })
	for _, c := range told {
		n.unmute(ctx, c)
		n.tell(c, m.Attempt, n.automatic(c, part))
	}
}

// visible reports whether people are to hear of the change: a withdrawn
// incident never opened.
func visible(c *eventv1.IncidentChanged) bool {
	switch c.GetState() {
	case eventv1.IncidentState_INCIDENT_STATE_OPEN:
		return true
	case eventv1.IncidentState_INCIDENT_STATE_RESOLVED:
		return c.GetReason() != eventv1.IncidentReason_INCIDENT_REASON_WITHDRAWN && (c.GetOpenedAt() != nil || c.GetVersion() > 2)
	}
	return false
}

// listen serves the chat's HTTP requests, if it has any.
func (n *notifier) listen(addr string, env service.Env) (stop func(), err error) {
	e, ok := n.backend.(chat.Endpoint)
	if !ok || addr == "" {
		return func() {}, nil
	}
	handler := e.Handler(n.people.Take)
	if handler == nil {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("endpoint for the chat (--notifier-listen): %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 15 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(l) })
	env.Log.Info("listening for the chat", "addr", l.Addr().String())
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		wg.Wait()
	}, nil
}
