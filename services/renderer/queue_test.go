package renderer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// results collects what became of messages, by name.
type results map[string]error

// add gives a message with changes to the queue.
func (r results) add(q *queue, name string, stored time.Time, changes ...*eventv1.IncidentChanged) {
	m := &bus.Message[*eventv1.IncidentBatch]{Event: &eventv1.IncidentBatch{Changes: changes}, Stored: stored}
	q.add(context.Background(), m, func(err error) {
		if _, twice := r[name]; twice {
			panic("done twice: " + name)
		}
		r[name] = err
	})
}

func newTestQueue(t *testing.T) *queue {
	t.Helper()
	met, err := newMetrics(nil)
	if err != nil {
		t.Fatal(err)
	}
	return newQueue(met)
}

func TestQueueKeepsTheNewestVersion(t *testing.T) {
	t.Parallel()
	q, r, now := newTestQueue(t), results{}, time.Now()
	r.add(q, "v1 and x", now, open("a", 1), open("x", 1))
	r.add(q, "v3", now, open("a", 3))
	r.add(q, "v2", now, open("a", 2))
	if _, done := r["v1 and x"]; done {
		t.Error("done while one of its pictures waits")
	}
	if _, done := r["v2"]; !done {
		t.Error("an older version waits beside a newer one")
	}
	var order []string
	for range 2 {
		j, _ := q.take()
		order = append(order, fmt.Sprintf("%s/%d", j.change.GetId(), j.change.GetVersion()))
		q.finish(j, nil)
	}
	if want := []string{"a/3", "x/1"}; !slices.Equal(order, want) {
		t.Errorf("drawn %v, want %v", order, want)
	}
	r.add(q, "v2 again", now, open("a", 2))
	if len(r) != 4 {
		t.Errorf("done are %v, want all four", r)
	}
}

func TestQueueDrawsTheMostSevereFirst(t *testing.T) {
	t.Parallel()
	q, r, now := newTestQueue(t), results{}, time.Now()
	for i := range maxWaiting {
		c := open(fmt.Sprint("warning", i), 1)
		c.Severity = eventv1.Severity_SEVERITY_WARNING
		r.add(q, c.GetId(), now, c)
	}
	r.add(q, "critical", now, open("critical", 1))
	if len(q.jobs) != maxWaiting || len(r) != 1 {
		t.Errorf("%d wait, %d were left out, want %d and 1", len(q.jobs), len(r), maxWaiting)
	}
	if _, last := r[fmt.Sprint("warning", maxWaiting-1)]; !last {
		t.Errorf("left out %v, want the youngest warning", r)
	}
	if j, _ := q.take(); j.change.GetId() != "critical" {
		t.Errorf("first %s, want the critical one", j.change.GetId())
	}
}

func TestQueueHandsBackAnErrorAndWhatWaits(t *testing.T) {
	t.Parallel()
	q, r, now := newTestQueue(t), results{}, time.Now()
	r.add(q, "failing", now, open("a", 1), open("b", 1))
	fail := errors.New("no owner")
	for _, err := range []error{fail, nil} {
		j, _ := q.take()
		q.finish(j, err)
	}
	if !errors.Is(r["failing"], fail) {
		t.Errorf("got %v, want the error", r["failing"])
	}
	r.add(q, "again", now, open("a", 1), open("b", 1))
	if len(q.jobs) != 1 || q.jobs[0].change.GetId() != "a" {
		t.Errorf("%d wait, want only the one that failed", len(q.jobs))
	}
	r.add(q, "late", now.Add(-lateness-time.Second), open("c", 1))
	if err, done := r["late"]; !done || err != nil {
		t.Errorf("a late one: %v, want it done", err)
	}
	q.close()
	r.add(q, "closed", now, open("d", 1))
	for _, name := range []string{"again", "closed"} {
		if !errors.Is(r[name], errStopping) {
			t.Errorf("%s: %v, want it handed back", name, r[name])
		}
	}
	if _, ok := q.take(); ok {
		t.Error("a job from a closed queue")
	}
}

func TestQueueLeavesOutWhatShowsNothingNew(t *testing.T) {
	t.Parallel()
	q, r, now := newTestQueue(t), results{}, time.Now()
	old := open("a", 1)
	r.add(q, "v1", now, old)
	j, _ := q.take()
	j.shown = 30 * time.Minute
	q.finish(j, nil)
	soon, late := proto.CloneOf(old), proto.CloneOf(old)
	soon.Version, soon.At = 2, timestamppb.New(old.GetAt().AsTime().Add(10*time.Second))
	late.Version, late.At = 3, timestamppb.New(old.GetAt().AsTime().Add(5*time.Minute))
	r.add(q, "v2", now, soon)
	if _, done := r["v2"]; !done || len(q.jobs) != 0 {
		t.Error("drawn again after ten seconds of half an hour")
	}
	r.add(q, "v3", now, late)
	if len(q.jobs) != 1 {
		t.Error("not drawn again after five minutes of half an hour")
	}
}
