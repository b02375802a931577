package collector

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// planted are bad inputs, each with what its dead letter has to say; "" is for
// good ones, which have none.
var planted = []struct{ contentType, body, reason string }{
	{"", `{"name":"good.one","value":1}`, ""},
	{"", `{"name":"a","value":`, "not JSON"},
	{"application/json", `a v=1`, "not JSON"},
	{"", `{"name":"a"}`, "value: missing"},
	{"", `{"name":"a","value":NaN}`, "value: NaN is not a finite number"},
	{"", `{"name":"9a","value":1}`, `name: "9a" does not match`},
	{"", fmt.Sprintf(`{"name":"a%s","value":1}`, strings.Repeat("a", 200)), "name: 201 bytes, at most 200"},
	{"", fmt.Sprintf(`{"name":"a","value":1,"labels":{"x":%q}}`, strings.Repeat("v", 1025)), "labels: the value of x has 1025 bytes"},
	{"", `{"name":"a","value":1,"ts":946684800}`, "ts: 1970-01-11T22:58:04.800Z is too old"},
	{"", `{"name":"a","value":1,"ts":"2000-01-01T00:06:00Z"}`, "ts: 2000-01-01T00:06:00.000Z is in the future"},
	{"", `{"name":"a","value":1,"labels":{` + manyLabels(31) + `}}`, "labels: 31 of them, at most 30 are allowed"},
	{"", `{"name":"good.labels","value":1,"labels":{` + manyLabels(30) + `}}`, ""},
	{"", `[{"name":"good.half","value":1},{"name":"b","value":"1"},{"name":"good.half","value":3},{"value":1}]`, "sample 1: value: want a number, got a string; sample 3: name: missing"},
	{"", "hello world", "line 1: not line protocol"},
	{"text/plain", "good lines=1\nbad lines\n", "line 2: not line protocol"},
	{"application/x-protobuf", "\xff\xff\xff", "not a parley.metrics.v1.Samples"},
	{"", "good text=1,note=\"x\"", ""},
	{"", "", "the message is empty"},
}

func manyLabels(n int) string {
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprintf(`"l%d":"v"`, i)
	}
	return strings.Join(labels, ",")
}

// TestPlanted: bad input gives exactly the dead letters that it should, with
// the original and the reason, and the good beside it is stored.
func TestPlanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		team := b.Team()
		bad := 0
		for _, p := range planted {
			m := &nats.Msg{Subject: "metrics.planted", Data: []byte(p.body), Header: nats.Header{}}
			if p.contentType != "" {
				m.Header.Set("Content-Type", p.contentType)
			}
			if p.reason != "" {
				bad++
			}
			if err := team.PublishMsg(m); err != nil {
				t.Fatal(err)
			}
		}
		// The same is delivered again and again: it stays one dead letter.
		stop := start(t, b, nil)
		time.Sleep(time.Minute)
		stop()
		letters := map[string]*bus.Message[[]byte]{}
		for _, l := range bustest.WantEvents[[]byte](t, b, bus.DeadLetters, "dlq.ingest.demo", bad) {
			letters[l.Header.Get(bus.HeaderSequence)] = l
		}
		for i, p := range planted {
			seq := fmt.Sprint(i + 1)
			l := letters[seq]
			delete(letters, seq)
			if (l != nil) != (p.reason != "") {
				t.Errorf("%.80q: dead letter: %v, want: %v", p.body, l != nil, p.reason != "")
				continue
			}
			if l == nil {
				continue
			}
			if got := l.Header.Get(bus.HeaderReason); !strings.HasPrefix(got, p.reason) {
				t.Errorf("%.80q: reason %q, want %q…", p.body, got, p.reason)
			}
			if string(l.Event) != p.body || l.Header.Get(bus.HeaderSubject) != "metrics.custom.demo.planted" || l.Header.Get("Content-Type") != p.contentType ||
				l.Header.Get(bus.HeaderStream) != "INGEST" || l.Header.Get("Nats-Msg-Id") != "dlq/ingest/"+seq {
				t.Errorf("%.80q: dead letter %q with %v", p.body, l.Event, l.Header)
			}
		}
		wantSamples(t, b, map[string]int{"good.one": 1, "good.labels": 1, "good.half": 2, "good.lines": 1, "good.text": 1})
		wantAcked(t, b)
	})
}

// samples reads everything that is stored: how many samples by name.
func samples(t *testing.T, b *bustest.Bus) (byName map[string]int, messages int) {
	t.Helper()
	stream, err := b.Conn("admin").JetStream().Stream(t.Context(), bus.SamplesLog.Name)
	if err != nil {
		t.Fatal(err)
	}
	messages = int(stream.CachedInfo().State.Msgs)
	names, byName := map[uint64]string{}, map[string]int{}
	if messages == 0 {
		return byName, 0
	}
	for _, m := range bustest.WantEvents[*eventv1.PartitionEntry](t, b, bus.SamplesLog, "samples.v1.*.batch", messages) {
		s := m.Event.GetSamples()
		for _, d := range s.GetDefs() {
			names[d.GetId()] = d.GetName()
		}
		if len(s.GetSeriesId()) != len(s.GetValue()) || len(s.GetValue()) != len(s.GetTimeDeltaMs()) || len(s.GetValue()) == 0 || len(s.GetValue()) > 2000 {
			t.Errorf("columns of %d, %d, %d", len(s.GetSeriesId()), len(s.GetTimeDeltaMs()), len(s.GetValue()))
		}
		for _, id := range s.GetSeriesId() {
			if names[id] == "" {
				t.Errorf("series %x on %s was not introduced", id, m.Subject)
			}
			byName[names[id]]++
		}
	}
	return byName, messages
}

func wantSamples(t *testing.T, b *bustest.Bus, want map[string]int) {
	t.Helper()
	got, _ := samples(t, b)
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%d samples of %s, want %d", got[name], name, n)
		}
	}
	for name, n := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%d samples of %s, want none", n, name)
		}
	}
}

// unacked returns how many inputs are delivered and not acked, and how many
// wait to be delivered.
func unacked(t *testing.T, b *bustest.Bus) (pending int, waiting uint64) {
	t.Helper()
	c, err := b.Conn("admin").JetStream().Consumer(context.Background(), bus.Ingest.Name, bus.CollectorIngest.Name)
	if err != nil {
		t.Fatal(err)
	}
	return c.CachedInfo().NumAckPending, c.CachedInfo().NumPending
}

func wantAcked(t *testing.T, b *bustest.Bus) {
	t.Helper()
	if pending, waiting := unacked(t, b); pending != 0 || waiting != 0 {
		t.Errorf("%d inputs are not acked and %d not delivered, want none", pending, waiting)
	}
}
