package cloudwatch

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/label"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// rig is a real bus, a stand-in for AWS, and collectors.
type rig struct {
	t        *testing.T
	bus      *bustest.Bus
	aws      *aws
	accounts []account.Account
	// beat and silence of the leases. Longer than by default, since each beat
	// lists what is on the bus; 0 is the default.
	beat, silence time.Duration
}

func newRig(t *testing.T) *rig {
	return &rig{t: t, bus: bustest.New(t), aws: newAWS(t), beat: 30 * time.Second, silence: 90 * time.Second,
		accounts: []account.Account{{ID: "111122223333", Name: "shop", Team: "infra", Regions: []string{"us-east-1"}}}}
}

// need says that a policy looks at a metric.
func need(policy, metric string, severity eventv1.Severity, hold time.Duration) *eventv1.Need {
	return &eventv1.Need{Policy: policy, Metric: metric, Severity: severity, Hold: durationpb.New(hold)}
}

const (
	critical = eventv1.Severity_SEVERITY_CRITICAL
	warning  = eventv1.Severity_SEVERITY_WARNING
	info     = eventv1.Severity_SEVERITY_INFO
)

// needs puts what policies need where the evaluator does.
func (r *rig) needs(digest string, needs ...*eventv1.Need) {
	r.t.Helper()
	if _, err := bus.PolicyNeeds.Put(context.Background(), r.bus.Conn("evaluator"), "current", &eventv1.Needs{Digest: digest, Needs: needs}); err != nil {
		r.t.Fatal(err)
	}
}

// collector is one that runs.
type collector struct {
	conn   *bus.Conn
	cancel context.CancelFunc
	ended  chan struct{}
}

// start runs the source on a connection of its own until stop or kill.
func (r *rig) start(name string, change func(*Config), step func(c *collector, step string)) *collector {
	r.t.Helper()
	cfg := Defaults()
	cfg.Waste.Interval = 0 // has tests of its own, and EC2 to itself
	cfg.CriticalEvery, cfg.WarningEvery, cfg.InfoEvery = time.Minute, time.Minute, time.Minute
	cfg.ThousandUSD = 0
	if change != nil {
		change(&cfg)
	}
	c := &collector{conn: r.bus.Conn("collector"), ended: make(chan struct{})}
	set := account.New(account.Config{SandboxURL: "http://aws.test", Protocol: account.JSON, Transport: r.aws}, r.accounts...)
	s, err := New(cfg, source.Deps{Log: bustest.Log(r.t), Accounts: set, Bus: c.conn, Instance: name})
	if err != nil {
		r.t.Fatal(err)
	}
	s.(*watcher).beat, s.(*watcher).silence = r.beat, r.silence
	if step != nil {
		s.(*watcher).poll.Step = func(name string) { step(c, name) }
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	go func() {
		defer close(c.ended)
		if err := s.Run(ctx, refusing{}); err != nil {
			r.t.Errorf("run: %v", err)
		}
	}()
	r.t.Cleanup(c.stop)
	return c
}

// refusing is a sink for a source that has to do without one.
type refusing struct{}

func (refusing) Store(context.Context, []batch.Sample) error { return context.Canceled }

// stop ends the collector as a person does.
func (c *collector) stop() {
	c.cancel()
	<-c.ended
}

// kill ends it as a power failure does: nothing it says is heard any more.
func (c *collector) kill() {
	c.conn.NATS().Close()
	c.cancel()
}

// sample is one in the log.
type sample struct {
	name, resource string
	at             int64 // Unix seconds
	revision       uint32
}

// each calls f with every batch in the log.
func (r *rig) each(f func(*eventv1.SampleBatch)) {
	r.t.Helper()
	ctx := context.Background()
	stream, err := r.bus.Conn("admin").JetStream().Stream(ctx, bus.SamplesLog.Name)
	if err != nil {
		r.t.Fatal(err)
	}
	for seq := uint64(1); seq <= stream.CachedInfo().State.LastSeq; seq++ {
		m, err := stream.GetMsg(ctx, seq)
		if err != nil {
			r.t.Fatal(err)
		}
		var e eventv1.PartitionEntry
		if err := proto.Unmarshal(m.Data, &e); err != nil {
			r.t.Fatal(err)
		}
		f(e.GetSamples())
	}
}

// stored returns what is in the log, and how often.
func (r *rig) stored() map[sample][]float64 {
	r.t.Helper()
	out := map[sample][]float64{}
	names := map[uint64]sample{}
	r.each(func(b *eventv1.SampleBatch) {
		for _, d := range b.GetDefs() {
			s := sample{name: d.GetName()}
			for _, l := range d.GetLabels() {
				if l.GetName() == "instance_id" || l.GetName() == "function_name" {
					s.resource = l.GetValue()
				}
			}
			names[d.GetId()] = s
		}
		for i, id := range b.GetSeriesId() {
			s, ok := names[id]
			if !ok {
				r.t.Fatalf("series %x was never introduced", id)
			}
			s.at = (b.GetBaseUnixMs() + b.GetTimeDeltaMs()[i]) / 1000
			if len(b.GetRevision()) > 0 {
				s.revision = b.GetRevision()[i]
			}
			out[s] = append(out[s], b.GetValue()[i])
		}
	})
	return out
}

// defs returns the labels of all series that were introduced.
func (r *rig) defs() (out []label.Set) {
	r.t.Helper()
	r.each(func(b *eventv1.SampleBatch) {
		for _, d := range b.GetDefs() {
			out = append(out, label.FromProto(d.GetLabels()))
		}
	})
	return out
}

// complete fails unless each bucket from the first to the last that is stored
// of the metric is there once, with the value it should have, for n resources. It
// returns how many buckets there are of each.
func (r *rig) complete(stored map[sample][]float64, metric, aws string, n int) int {
	r.t.Helper()
	first, last := map[string]int64{}, map[string]int64{}
	for s, values := range stored {
		if s.name != metric {
			continue
		}
		if len(values) != 1 {
			r.t.Errorf("%+v is stored %d times", s, len(values))
		}
		if want := value(aws, s.resource, s.at); values[0] != want {
			r.t.Errorf("%+v is %v, want %v", s, values[0], want)
		}
		if at, ok := first[s.resource]; !ok || s.at < at {
			first[s.resource] = s.at
		}
		last[s.resource] = max(last[s.resource], s.at)
	}
	if len(first) != n {
		r.t.Fatalf("%d resources are stored, want %d", len(first), n)
	}
	buckets := 0
	for res, at := range first {
		buckets = int(last[res]-at)/60 + 1
		for ; at <= last[res]; at += 60 {
			if len(stored[sample{metric, res, at, 0}]) == 0 {
				r.t.Errorf("%s of %s at %s is missing", metric, res, time.Unix(at, 0).UTC().Format("15:04"))
			}
		}
	}
	return buckets
}

// cost returns what was written down of watching.
func (r *rig) cost(key string) *eventv1.WatchCost {
	r.t.Helper()
	e, err := bus.WatchCosts.Get(context.Background(), r.bus.Conn("operator"), key)
	if err != nil {
		r.t.Fatal(fmt.Errorf("cost of %s: %w", key, err))
	}
	return e.Value
}
