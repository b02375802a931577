package archiver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/config"
)

// Reading runs outside of every bubble: the parquet library keeps decoders that
// cannot go from one to the next.
var (
	reading  sync.Mutex
	outside  = make(chan func())
	finished = make(chan struct{})
)

func TestMain(m *testing.M) {
	go func() {
		for f := range outside {
			f()
			finished <- struct{}{}
		}
	}()
	bustest.Main(m)
}

// world is a bus, a folder for an archive, and all that was published.
type world struct {
	*testing.T
	bus       *bustest.Bus
	collector *bus.Conn
	evaluator *bus.Conn
	store     archive.Store
	published int
}

func newWorld(t *testing.T) *world {
	b := bustest.New(t)
	return &world{T: t, bus: b, collector: b.Conn("collector"), evaluator: b.Conn("evaluator"), store: archive.NewDir(filepath.Join(t.TempDir(), "archive"))}
}

// publish stores a batch, and now and then a tick or a person's word.
func (w *world) publish() {
	w.Helper()
	w.published++
	n := w.published
	p := bus.Partition(n % bus.Partitions)
	var err error
	switch {
	case n%7 == 0:
		_, err = bus.Publish(w.Context(), w.evaluator, bus.Control(p), fmt.Sprint("tick/", n), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}})
	case n%11 == 0:
		_, err = bus.Publish(w.Context(), w.evaluator, bus.Control(p), fmt.Sprint("resolve/", n), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Resolve{
			Resolve: &eventv1.IncidentResolveRequested{IncidentId: fmt.Sprint(n), By: "ann"}}})
	default:
		_, err = bus.Publish(w.Context(), w.collector, bus.Samples(p), fmt.Sprint("batch/", n), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{
			Samples: &eventv1.SampleBatch{BaseUnixMs: time.Now().UnixMilli(), SeriesId: []uint64{uint64(p)}, TimeDeltaMs: []int64{0}, Value: []float64{float64(n)},
				Defs: []*eventv1.SeriesDef{{Id: uint64(p), Name: "cpu", Labels: []*eventv1.Label{{Name: "host", Value: p.String()}}}}}}})
	}
	if err != nil {
		w.Fatal(err)
	}
}

// minutes lets time pass with something published each minute.
func (w *world) minutes(n int) {
	w.Helper()
	for range n {
		w.publish()
		time.Sleep(time.Minute - 7*time.Millisecond) // not when collectors look
	}
}

// archiver returns one that is not running yet.
func (w *world) archiver(name string, store archive.Store) *Archiver {
	w.Helper()
	a, err := New(Config{Place: "overridden", Keep: config.Span(400 * 24 * time.Hour)}, Deps{Bus: w.collector, Log: bustest.Log(w.T), Name: name})
	if err != nil {
		w.Fatal(err)
	}
	a.store = store
	return a
}

// run runs it until the function returned is called.
func (w *world) run(a *Archiver) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { a.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); done.Wait() })
	w.Cleanup(stop)
	return stop
}

// archived returns what the archive has.
func (w *world) archived() (out []archive.Entry, gaps []archive.Gap) {
	w.Helper()
	reading.Lock()
	defer reading.Unlock()
	var err error
	outside <- func() {
		var a *archive.Archive
		if a, err = archive.Open(context.Background(), w.store); err != nil {
			return
		}
		gaps, err = a.History(context.Background(), nil, time.Time{}, func(e archive.Entry, _ uint64) error {
			out = append(out, e)
			return nil
		})
	}
	<-finished
	if err != nil {
		w.Fatal(err)
	}
	return out, gaps
}

// stored returns what the bus has.
func (w *world) stored() (out []archive.Entry) {
	w.Helper()
	err := bus.Stored(w.Context(), w.collector, bus.Position{Sequence: 1}, func(p bus.Partition, m *bus.Message[*eventv1.PartitionEntry]) error {
		if m.Event.GetTick() == nil {
			out = append(out, archive.Entry{Sequence: m.Sequence, Stored: m.Stored, Partition: p, Event: m.Event})
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func (w *world) wantSame(what string, got, want []archive.Entry) {
	w.Helper()
	same := func(a, b archive.Entry) bool {
		return a.Sequence == b.Sequence && a.Partition == b.Partition && a.Stored.Equal(b.Stored) && proto.Equal(a.Event, b.Event)
	}
	if !slices.EqualFunc(got, want, same) {
		w.Fatalf("%s: %d entries, want %d:\n%v\n%v", what, len(got), len(want), got, want)
	}
}

// state returns the archive's record.
func (w *world) state() *eventv1.ArchiveState {
	w.Helper()
	entries, err := bus.Archives.List(w.Context(), w.collector)
	if err != nil || len(entries) != 1 {
		w.Fatalf("%v, %v", entries, err)
	}
	return entries[0].Value
}

// takeOver lets another collector archive all there is, once those before it
// are taken for dead.
func (w *world) takeOver() {
	stop := w.run(w.archiver("last", w.store))
	time.Sleep(2 * silence)
	stop()
}

func (w *world) files() []archive.File {
	w.Helper()
	a, err := archive.Open(w.Context(), w.store)
	if err != nil {
		w.Fatal(err)
	}
	files, err := a.Files(w.Context(), time.Time{})
	if err != nil {
		w.Fatal(err)
	}
	return files
}

// An hour is archived when it is over, the rest when the collector stops.
func TestHours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.minutes(5) // before it begins
		a := w.archiver("a", w.store)
		stop := w.run(a)
		w.minutes(190)
		if n := len(w.files()); n != 3 { // 00:00 to 03:15
			t.Errorf("%d files: %v", n, w.files())
		}
		want := w.stored()
		got, gaps := w.archived()
		w.wantSame("archive", got, want[:len(got)])
		if len(got) < 150 || len(got) == len(want) {
			t.Errorf("%d entries of %d are archived", len(got), len(want))
		}
		if s := w.state(); s.GetOwner() != "a" || s.GetWaiting() == 0 || time.Since(s.GetWaitingSince().AsTime()) > time.Hour || s.GetProblem() != "" {
			t.Error(s)
		}
		if lag := testutil.ToFloat64(a.met.lagSeconds); lag < 60 || lag > 3600 {
			t.Errorf("%g s behind", lag)
		}
		stop()
		got, _ = w.archived()
		w.wantSame("archive", got, want)
		if s := w.state(); s.GetOwner() != "" || s.GetWaiting() != 0 || s.GetArchived() != uint64(w.published) || len(gaps) > 0 {
			t.Error(s, gaps)
		}
	})
}

// mortal is a store whose user dies at one of its steps: what comes behind it
// in the program does not happen.
type mortal struct {
	archive.Store
	mu   sync.Mutex
	left int
}

func (m *mortal) step() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left--; m.left == 0 {
		runtime.Goexit()
	}
}

func (m *mortal) Create(ctx context.Context, name string, data []byte) error {
	m.step()
	err := m.Store.Create(ctx, name, data)
	m.step()
	return err
}

func (m *mortal) List(ctx context.Context, folder string) ([]string, error) {
	m.step()
	return m.Store.List(ctx, folder)
}

func (m *mortal) Delete(ctx context.Context, name string) error {
	m.step()
	return m.Store.Delete(ctx, name)
}

// Collectors die at any step, several may believe that it is their turn, and
// everything is read once.
func TestKills(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		r := rand.New(rand.NewPCG(3, 5))
		var stops []func()
		for i := range 30 {
			a := w.archiver(fmt.Sprint("a", i), &mortal{Store: w.store, left: 1 + r.IntN(12)})
			if r.IntN(4) == 0 { // thought to be dead by the next, and not dead
				a.lease.since, a.lease.seen = time.Now().Add(-silence), 1<<60
			}
			stop := w.run(a)
			w.minutes(1 + r.IntN(9))
			if stops = append(stops, stop); r.IntN(3) == 0 {
				stop()
			}
		}
		for _, stop := range stops {
			stop()
		}
		w.takeOver()
		got, gaps := w.archived()
		w.wantSame("archive", got, w.stored())
		if len(gaps) > 0 {
			t.Error(gaps)
		}
	})
}

// One of several archives, and another goes on at once when it stops.
func TestSeveral(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var stops []func()
		for i := range 3 {
			stops = append(stops, w.run(w.archiver(fmt.Sprint(i), w.store)))
		}
		w.minutes(70)
		if n := len(w.files()); n != 1 {
			t.Errorf("%d files", n)
		}
		first := w.state().GetOwner()
		stops[first[0]-'0']()
		w.minutes(1)
		second := w.state().GetOwner()
		if second == first || second == "" {
			t.Errorf("%q, then %q", first, second)
		}
		w.minutes(60)
		for _, stop := range stops {
			stop()
		}
		got, _ := w.archived()
		w.wantSame("archive", got, w.stored())
	})
}

// What the bus drops before it was archived is told everywhere.
func TestLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		stop := w.run(w.archiver("a", w.store))
		w.minutes(90)
		stop()
		w.minutes(60)
		time.Sleep(bus.SamplesLog.MaxAge - 30*time.Minute) // some of these 60 are gone then
		a := w.archiver("b", w.store)
		stop = w.run(a)
		w.minutes(5)
		stop()
		lost := testutil.ToFloat64(a.met.lost)
		if lost < 20 || lost > 40 {
			t.Errorf("%g entries are lost", lost)
		}
		if s := w.state(); s.GetLost() != uint64(lost) || time.Since(s.GetLostAt().AsTime()) > 10*time.Minute {
			t.Error(s)
		}
		got, gaps := w.archived()
		if len(gaps) != 1 || gaps[0].First != 91 || float64(gaps[0].Last-gaps[0].First+1) != lost || gaps[0].To.Sub(gaps[0].From) < 20*time.Minute {
			t.Errorf("%+v", gaps)
		}
		left := w.stored()
		w.wantSame("what the bus still has", got[len(got)-len(left):], left)
	})
}

// failing is a store that is not there for a while.
type failing struct {
	archive.Store
	err atomic.Pointer[error]
}

// fail lets it fail so from now on; nil: no more.
func (f *failing) fail(err error) {
	if f.err.Store(nil); err != nil {
		f.err.Store(&err)
	}
}

func (f *failing) Create(ctx context.Context, name string, data []byte) error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return f.Store.Create(ctx, name, data)
}

func TestAStoreThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		store := &failing{Store: w.store}
		store.fail(errors.New("no space left"))
		a := w.archiver("a", store)
		stop := w.run(a)
		time.Sleep(time.Minute)
		if s := w.state(); !strings.Contains(s.GetProblem(), "no space left") || s.GetOwner() != "a" {
			t.Error("it could not be opened:", s)
		}
		store.fail(nil)
		w.minutes(50)
		store.fail(errors.New("the disk is on fire"))
		w.minutes(30)
		if s := w.state(); !strings.Contains(s.GetProblem(), "the disk is on fire") || time.Since(s.GetWaitingSince().AsTime()) < 75*time.Minute || s.GetWaiting() < 75 {
			t.Error(s)
		}
		if n := testutil.ToFloat64(a.met.errors); n < 10 {
			t.Errorf("%g errors", n)
		}
		store.fail(nil)
		w.minutes(3)
		if s := w.state(); s.GetProblem() != "" || s.GetWaiting() > 40 {
			t.Error(s)
		}
		stop()
		got, gaps := w.archived()
		w.wantSame("archive", got, w.stored())
		if len(gaps) > 0 {
			t.Error(gaps)
		}
	})
}

// A log that was made anew counts from 1 again, and is archived beside the one
// before it.
func TestALogMadeAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		stop := w.run(w.archiver("a", w.store))
		w.minutes(20)
		before := w.stored()
		stop()
		admin := w.bus.Conn("admin")
		if err := admin.JetStream().DeleteStream(t.Context(), bus.SamplesLog.Name); err != nil {
			t.Fatal(err)
		}
		if err := bus.Setup(t.Context(), admin, bus.SetupOptions{Memory: true}); err != nil {
			t.Fatal(err)
		}
		stop = w.run(w.archiver("b", w.store))
		w.minutes(20)
		stop()
		got, gaps := w.archived()
		w.wantSame("both", got, append(before, w.stored()...))
		if len(gaps) > 0 {
			t.Error(gaps)
		}
	})
}

// Files go when they are older than what is to be kept.
func TestKeep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.archiver("a", w.store)
		a.cfg.Keep = config.Span(time.Hour)
		w.run(a)
		w.minutes(4*60 + 30)
		files := w.files()
		if age := time.Since(files[0].Hour); len(files) > 2 || age < time.Hour || age > 3*time.Hour {
			t.Errorf("%v: the oldest is %s old", files, age)
		}
	})
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]Config{
		"--collector-archive: ":      {Place: "gopher://x"},
		"--collector-archive-keep: ": {Place: "x", Keep: config.Span(time.Minute)},
	} {
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	if cfg := Defaults(); cfg.Validate() != nil || cfg.Keep.String() != "400d" || cfg.Place != "" {
		t.Error(cfg)
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Make(t.Context(), archive.NewDir(blocked)); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
