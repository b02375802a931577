package evaluator

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/service"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// world is a bus with evaluators, for tests in bubbles.
type world struct {
	*bustest.Bus
	t         testing.TB
	dir       string
	collector *bus.Conn
	defined   map[uint64]bool
	n         int
	budget    uint64 // series of a team; 0: as many as come
}

func newWorld(t testing.TB, policies string) *world {
	t.Helper()
	w := &world{Bus: bustest.New(t), t: t, dir: t.TempDir(), defined: map[uint64]bool{}}
	w.collector = w.Conn("collector")
	w.write("policies.yaml", policies)
	return w
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// instance is one evaluator at work.
type instance struct {
	conn   *bus.Conn
	cancel context.CancelFunc
	done   sync.WaitGroup
	t      testing.TB
}

// start runs an evaluator until the test ends, or stop or kill.
func (w *world) start(name string) *instance {
	w.t.Helper()
	conn := w.Conn("evaluator")
	ctx, cancel := context.WithCancel(context.Background())
	i := &instance{conn: conn, cancel: cancel, t: w.t}
	env := service.Env{Name: "evaluator", Instance: name, Bus: conn, Log: bustest.Log(w.t).With("instance", name),
		Ready: func(bool, string) {}, Say: func(string) {}}
	i.done.Go(func() {
		if err := run(ctx, Config{Policies: []string{w.dir}, TeamSeries: w.budget}, env); err != nil && ctx.Err() == nil {
			w.t.Errorf("evaluator %s: %v", name, err)
		}
	})
	w.t.Cleanup(i.stop)
	return i
}

// stop ends it as a signal would.
func (i *instance) stop() {
	i.cancel()
	i.done.Wait()
}

// kill ends it without a word: nothing of it reaches the server any more.
func (i *instance) kill() {
	i.conn.NATS().Close()
	i.stop()
}

// one is a sample for send.
type one struct {
	name   string
	labels map[string]string
	value  float64
	ago    time.Duration
}

func identity(o one) (uint64, label.Set, bus.Partition) {
	m := map[string]string{label.Team: "demo"}
	for k, v := range o.labels {
		m[k] = v
	}
	set := label.FromMap(m)
	return label.Fingerprint(o.name, set), set, bus.PartitionOf(label.Resource(set))
}

// send publishes samples as a collector would.
func (w *world) send(samples ...one) {
	w.t.Helper()
	batches := map[bus.Partition]*eventv1.SampleBatch{}
	now := time.Now().UnixMilli()
	for _, o := range samples {
		id, set, p := identity(o)
		b := batches[p]
		if b == nil {
			b = &eventv1.SampleBatch{BaseUnixMs: now}
			batches[p] = b
		}
		if !w.defined[id] {
			w.defined[id] = true
			b.Defs = append(b.Defs, &eventv1.SeriesDef{Id: id, Name: o.name, Labels: set.Proto()})
		}
		b.SeriesId = append(b.SeriesId, id)
		b.TimeDeltaMs = append(b.TimeDeltaMs, -o.ago.Milliseconds())
		b.Value = append(b.Value, o.value)
	}
	for p, b := range batches {
		w.n++
		_, err := bus.Publish(context.Background(), w.collector, bus.Samples(p), fmt.Sprintf("test/%d", w.n),
			&eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// changes returns every incident change so far, in the stream's order.
func (w *world) changes() []*eventv1.IncidentChanged {
	w.t.Helper()
	var out []*eventv1.IncidentChanged
	for _, b := range w.alerts() {
		out = append(out, b.Event.GetChanges()...)
	}
	return out
}

func (w *world) alerts() []*bus.Message[*eventv1.IncidentBatch] {
	w.t.Helper()
	stream, err := w.Conn("admin").JetStream().Stream(context.Background(), bus.AlertsLog.Name)
	if err != nil {
		w.t.Fatal(err)
	}
	n := int(stream.CachedInfo().State.Msgs)
	if n == 0 {
		return nil
	}
	return bustest.WantEvents[*eventv1.IncidentBatch](w.t, w.Bus, bus.AlertsLog, "alerts.v1.*", n)
}

// story returns the changes in short: "policy labels STATE REASON".
func (w *world) story() []string {
	var out []string
	for _, c := range w.changes() {
		out = append(out, short(c))
	}
	return out
}

func short(c *eventv1.IncidentChanged) string {
	state := c.State.String()[len("INCIDENT_STATE_"):]
	reason := c.Reason.String()[len("INCIDENT_REASON_"):]
	return fmt.Sprintf("%s%s %s %s", c.Policy, label.FromProto(c.Labels), state, reason)
}

// ticks returns how many entries are on the control subjects.
func (w *world) entries(subject string) int {
	w.t.Helper()
	stream, err := w.Conn("admin").JetStream().Stream(context.Background(), bus.SamplesLog.Name)
	if err != nil {
		w.t.Fatal(err)
	}
	info, err := stream.Info(context.Background(), jetstream.WithSubjectFilter(subject))
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, c := range info.State.Subjects {
		n += int(c)
	}
	return n
}
