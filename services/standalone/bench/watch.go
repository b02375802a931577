package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
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
	known map[string]bool // channel and ts of every message
	came  traffic
}

// watchWorkspace notes each series that a message in the workspace names.
func watchWorkspace(ctx context.Context, workspace string, delivered *seen) *page {
	ctx, cancel := context.WithCancel(ctx)
	p := &page{delivered: delivered, cancel: cancel, known: map[string]bool{}}
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
			Message struct{ TS string }
		}
	}
	if json.Unmarshal(data, &e) != nil {
		return
	}
	p.delivered.text(data, now)
	p.mu.Lock()
	defer p.mu.Unlock()
	key := e.Data.Channel + " " + e.Data.Message.TS
	switch {
	case e.Kind == "file":
		p.came.pictures++
	case e.Kind == "message" && p.known[key]:
		p.came.edits++
	case e.Kind == "message":
		p.known[key] = true
		p.came.messages++
	}
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
