package renderer

import (
	"bytes"
	"context"
	"image/png"
	"math"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/service"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const partition bus.Partition = 7

// bench is a renderer at work between an evaluator and a notifier.
type bench struct {
	*bustest.Bus
	t         *testing.T
	evaluator *bus.Conn
	mu        sync.Mutex
	charts    []*eventv1.ChartRendered
	queries   []*eventv1.Query
}

// start runs a renderer with cfg until the test ends.
func start(t *testing.T, cfg Config) *bench {
	b := &bench{Bus: bustest.New(t), t: t}
	b.evaluator = b.Conn("evaluator")
	env := service.Env{Name: "renderer", Bus: b.Conn("renderer"), Log: bustest.Log(t)}
	b.background(func(ctx context.Context) error { return run(ctx, cfg, env) })
	notifier := b.Conn("notifier")
	b.background(func(ctx context.Context) error {
		return bus.Consume(ctx, notifier, bus.NotifierCharts, func(_ context.Context, m *bus.Message[*eventv1.ChartRendered]) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.charts = append(b.charts, m.Event)
			return nil
		})
	})
	return b
}

// bubble runs a test in a bubble, one after the other: a consumer that ends
// leaves a timer of its bubble in a pool of nats.go, which breaks the next one
// (FlushTimeout in Subscription.Drain). Two collections empty the pool.
func bubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	runtime.GC()
	runtime.GC()
	synctest.Test(t, test)
}

// background runs f until the test ends.
func (b *bench) background(f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
	})
}

// serve answers queries with an hour of a series that breached 12 minutes ago.
func (b *bench) serve() {
	b.background(func(ctx context.Context) error {
		return bus.ServeQueries(ctx, b.evaluator, partition, func(_ context.Context, q *eventv1.Query) *eventv1.QueryAnswer {
			b.mu.Lock()
			b.queries = append(b.queries, q)
			b.mu.Unlock()
			return &eventv1.QueryAnswer{Series: []*eventv1.SeriesHistory{cpu(time.Now())}}
		})
	})
	synctest.Wait()
}

func cpu(end time.Time) *eventv1.SeriesHistory {
	h := &eventv1.SeriesHistory{Series: ref(), Unit: "%"}
	for i := range 360 {
		v := 45 + math.Sin(float64(i))
		if i >= 288 {
			v = 97
		}
		h.TimeUnixMs = append(h.TimeUnixMs, end.Add(-time.Duration(359-i)*10*time.Second).UnixMilli())
		h.Values = append(h.Values, v)
	}
	return h
}

func ref() *eventv1.SeriesRef {
	return &eventv1.SeriesRef{Id: 42, Name: "cpu", Partition: uint32(partition), Labels: []*eventv1.Label{{Name: "host", Value: "web-1"}}}
}

// open is an incident that is open since 12 minutes.
func open(id string, version uint32) *eventv1.IncidentChanged {
	began := timestamppb.New(time.Now().Add(-12 * time.Minute))
	return &eventv1.IncidentChanged{
		Id: id, Version: version, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Reason: eventv1.IncidentReason_INCIDENT_REASON_HELD,
		At: timestamppb.Now(), BeganAt: began, OpenedAt: timestamppb.Now(), Severity: eventv1.Severity_SEVERITY_CRITICAL,
		Labels: []*eventv1.Label{{Name: "host", Value: "web-1"}, {Name: "team", Value: "demo"}}, Partition: uint32(partition),
		Conditions: []*eventv1.ConditionState{{
			Metric: "cpu", Kind: "above", Holds: true, Since: began, Series: ref(), Value: 97, ValueAt: timestamppb.Now(),
			Threshold: 80, HasThreshold: true, Before: 45, HasBefore: true, Unit: "%",
		}},
	}
}

// publish puts changes into the log as one message.
func (b *bench) publish(id string, changes ...*eventv1.IncidentChanged) {
	b.t.Helper()
	batch := &eventv1.IncidentBatch{Partition: uint32(partition), Changes: changes}
	if _, err := bus.Publish(b.t.Context(), b.evaluator, bus.Alerts(partition), id, batch); err != nil {
		b.t.Fatal(err)
	}
}

// want waits and returns the charts that came; there must be n.
func (b *bench) want(n int, after time.Duration) []*eventv1.ChartRendered {
	b.t.Helper()
	time.Sleep(after)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.charts) != n {
		b.t.Fatalf("%d charts after %s, want %d", len(b.charts), after, n)
	}
	return b.charts
}

func TestAnIncidentGetsItsPicture(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Defaults())
		b.serve()
		b.publish("7/1/0", open("abc", 2))
		got := b.want(1, time.Second)[0]
		picture, err := png.Decode(bytes.NewReader(got.GetPng()))
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds().Size(); size.X != int(got.GetWidthPx()) || size.Y != int(got.GetHeightPx()) || size.X != 1200 {
			t.Errorf("the picture is %v, said to be %d × %d", size, got.GetWidthPx(), got.GetHeightPx())
		}
		got.Png = nil
		bustest.Equal(t, got, &eventv1.ChartRendered{
			IncidentId: "abc", IncidentVersion: 2, Title: "cpu · web-1", At: got.GetAt(), WidthPx: 1200, HeightPx: 500,
			AltText: "cpu · web-1 97 %, above 80 for 12 min, was 45",
		})
		if q := b.queries[0].GetHistory(); len(q.GetSeriesId()) != 1 || q.GetTo().AsTime().Sub(q.GetFrom().AsTime()) != 14*24*time.Hour {
			t.Errorf("asked %v", q)
		}
	})
}

func TestOnlyWhatPeopleAreToldGetsAPicture(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Defaults())
		b.serve()
		pending := open("abc", 1)
		pending.State, pending.OpenedAt = eventv1.IncidentState_INCIDENT_STATE_PENDING, nil
		withdrawn := open("abc", 2)
		withdrawn.State, withdrawn.OpenedAt = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, nil
		withdrawn.Reason = eventv1.IncidentReason_INCIDENT_REASON_WITHDRAWN
		b.publish("1", pending)
		b.publish("2", withdrawn)
		b.publish("3")
		b.want(0, time.Hour)
	})
}

func TestAResolvedIncidentFindsItsSeriesByLabels(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Defaults())
		b.serve()
		c := open("abc", 3)
		c.State, c.Reason = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED
		c.ResolvedAt = c.GetAt()
		c.Conditions[0].Holds, c.Conditions[0].Series = false, nil
		b.publish("1", c)
		got := b.want(1, time.Second)[0]
		if want := "Resolved: cpu · web-1 97 %, was above 80 for 12 min, peak 97"; got.GetAltText() != want {
			t.Errorf("got %q, want %q", got.GetAltText(), want)
		}
		q := b.queries[0].GetHistory()
		if q.GetName() != "cpu" || len(q.GetMatchers()) != 2 {
			t.Errorf("asked %v", q)
		}
	})
}

func TestAPictureWaitsForTheOwnerOfThePartition(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Defaults())
		b.publish("1", open("abc", 1))
		b.want(0, 5*time.Second)
		b.serve()
		b.want(1, time.Minute)
	})
}

func TestAPictureThatNobodyWaitsForIsLeftOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Defaults())
		b.publish("1", open("abc", 1))
		b.want(0, time.Hour)
		b.serve()
		b.want(0, time.Hour)
		bustest.WantNone(t, b.Bus, bus.DeadLetters, "dlq.>")
	})
}

func TestARunGetsItsPictureOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Config{Theme: "light", Timezone: "Europe/Berlin"})
		b.serve()
		actioner := b.Conn("actioner")
		run := &eventv1.RunChanged{
			RunId: "r1", Version: 3, State: eventv1.RunState_RUN_STATE_DONE, Action: "collect-garbage", Incident: open("abc", 2),
			FinishedAt: timestamppb.New(time.Now().Add(-3 * time.Minute)),
		}
		send := func(id string, run *eventv1.RunChanged) {
			t.Helper()
			if _, err := bus.Publish(t.Context(), actioner, bus.Runs("r1"), id, run); err != nil {
				t.Fatal(err)
			}
		}
		send("run/r1/3", run)
		b.want(0, time.Minute)
		run = proto.CloneOf(run)
		run.Version, run.Verification = 4, &eventv1.Verification{
			Effect: eventv1.Effect_EFFECT_RECOVERED, At: timestamppb.Now(), After: durationpb.New(4 * time.Minute),
			Before: 97, Now: 35, Unit: "%", Text: "recovered in 4 min: 97 % → 35 %",
		}
		send("run/r1/4", run)
		run = proto.CloneOf(run)
		run.Version = 5
		send("run/r1/5", run)
		got := b.want(1, time.Minute)[0]
		if got.GetRunId() != "r1" || got.GetIncidentId() != "abc" || len(got.GetPng()) == 0 {
			t.Errorf("got %v", got)
		}
		if want := "cpu · web-1 35 %, was 97 before Collect garbage. Recovered in 4 min: 97 % → 35 %"; got.GetAltText() != want {
			t.Errorf("got %q, want %q", got.GetAltText(), want)
		}
	})
}

func TestALargePictureIsInTheObjectStore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := start(t, Defaults())
		b.serve()
		met, err := newMetrics(nil)
		if err != nil {
			t.Fatal(err)
		}
		cfg := Defaults()
		look, err := cfg.look()
		if err != nil {
			t.Fatal(err)
		}
		d := &drawer{bus: b.Conn("renderer"), look: look, met: met, inMessage: 100}
		if err := d.incident(t.Context(), &job{change: open("abc", 1)}); err != nil {
			t.Fatal(err)
		}
		got := b.want(1, time.Second)[0]
		data, err := bus.GetObject(t.Context(), b.Conn("notifier"), bus.ChartPictures, got.GetObjectName())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(data)); err != nil || len(got.GetPng()) != 0 {
			t.Errorf("object %q: %v; %d bytes in the message", got.GetObjectName(), err, len(got.GetPng()))
		}
	})
}
