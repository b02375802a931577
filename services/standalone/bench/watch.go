package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// watchAlerts notes each series whose incident is stored as open.
func watchAlerts(ctx context.Context, c *bus.Conn, stored *seen) (stop func(), err error) {
	consumer, err := c.JetStream().OrderedConsumer(ctx, bus.AlertsLog.Name, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, fmt.Errorf("read the alerts: %w", err)
	}
	reading, err := consumer.Consume(func(m jetstream.Msg) {
		now := time.Now()
		var b eventv1.IncidentBatch
		if proto.Unmarshal(m.Data(), &b) != nil {
			return
		}
		for _, c := range b.GetChanges() {
			if c.GetState() != eventv1.IncidentState_INCIDENT_STATE_OPEN {
				continue
			}
			for _, l := range c.GetLabels() {
				if l.GetName() == "host" {
					stored.host(l.GetValue(), now)
				}
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read the alerts: %w", err)
	}
	return reading.Stop, nil
}

// page is the workspace as a person's browser sees it: live, over its stream
// of events.
type page struct {
	delivered *seen
	cancel    context.CancelFunc
	reading   sync.WaitGroup

	mu    sync.Mutex
	known map[string]int // by channel and ts: how many incidents a message tells of
	came  traffic
	total int
	told  []told
}

// told is how many incidents people knew of from a moment on.
type told struct {
	at    time.Time
	total int
}

// watchWorkspace notes each series that a message in the workspace names.
func watchWorkspace(ctx context.Context, workspace string, delivered *seen) *page {
	ctx, cancel := context.WithCancel(ctx)
	p := &page{delivered: delivered, cancel: cancel, known: map[string]int{}}
	p.reading.Go(func() {
		last := ""
		for ctx.Err() == nil {
			p.read(ctx, workspace, &last)
			wait(ctx, 20*time.Millisecond)
		}
	})
	return p
}

// read follows the events until the stream ends; last is where to go on.
func (p *page) read(ctx context.Context, workspace string, last *string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, workspace+"/api/sandbox.events", nil)
	if err != nil {
		return
	}
	req.Header.Set("Last-Event-ID", *last)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	lines := bufio.NewReaderSize(res.Body, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		if id, ok := bytes.CutPrefix(line, []byte("id: ")); ok {
			*last = string(bytes.TrimSpace(id))
		}
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			p.event(data, time.Now())
		}
	}
}

// event notes what one event tells: a message is shown again whenever it
// changes.
func (p *page) event(data []byte, now time.Time) {
	var e struct {
		Kind string
		Data struct {
			Channel string
			Message struct {
				TS       string
				ThreadTS string `json:"thread_ts"`
			}
		}
	}
	if json.Unmarshal(data, &e) != nil {
		return
	}
	p.delivered.text(data, now)
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Kind == "file" {
		p.came.pictures++
	}
	if e.Kind != "message" || e.Data.Message.ThreadTS != "" && e.Data.Message.ThreadTS != e.Data.Message.TS {
		return
	}
	key := e.Data.Channel + " " + e.Data.Message.TS
	before, again := p.known[key]
	if again {
		p.came.edits++
	} else {
		p.came.messages++
	}
	n := max(before, tellsOf(data))
	p.known[key] = n
	if n > before {
		p.total += n - before
		p.told = append(p.told, told{now, p.total})
	}
}

var together = regexp.MustCompile(`([0-9][0-9, \x{a0}\x{2009}\x{202f}]*) incidents opened together`)

// tellsOf returns of how many incidents a message tells: of those it counts,
// or of the one that it names.
func tellsOf(message []byte) int {
	if m := together.FindSubmatch(message); m != nil {
		n := 0
		for _, c := range m[1] {
			if c >= '0' && c <= '9' {
				n = 10*n + int(c-'0')
			}
		}
		return n
	}
	if hosts.Match(message) {
		return 1
	}
	return 0
}

// since returns how many ms after the k-th breach people knew of k incidents,
// for each k, and how many they do not know of. A message for many does not
// name them all, so that this goes by number.
func (p *page) since(from []atomic.Int64, series []int) (ms []float64, missing int) {
	began := make([]int64, len(series))
	for k, i := range series {
		began[k] = from[i].Load()
	}
	slices.Sort(began)
	p.mu.Lock()
	defer p.mu.Unlock()
	i := 0
	for k, at := range began {
		for i < len(p.told) && p.told[i].total < k+1 {
			i++
		}
		if i == len(p.told) || at == 0 {
			missing++
			continue
		}
		ms = append(ms, float64(p.told[i].at.UnixNano()-at)/1e6)
	}
	return ms, missing
}

func (p *page) traffic() traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.came
}

func (p *page) close() {
	p.cancel()
	p.reading.Wait()
}
