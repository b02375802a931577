package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/push/event"
	"github.com/parley-ops/parley/services/collector/internal/push/sns"
	"github.com/parley-ops/parley/services/internal/bus"
)

// notification takes in one message of SNS.
func (p *Push) notification(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), 12*time.Second) // SNS waits for 15
	defer cancel()
	err := p.message(ctx, w, req)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err != nil {
		no := p.refused("sns", err)
		http.Error(w, no.text, no.status)
		return
	}
	p.met.requests.WithLabelValues("sns", "200").Inc()
	fmt.Fprintln(w, "ok")
}

func (p *Push) message(ctx context.Context, w http.ResponseWriter, req *http.Request) error {
	if len(p.cfg.Topics) == 0 {
		return &refusal{http.StatusForbidden, "the endpoint is off: set --collector-aws-sns-topics"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, sns.MaxBytes))
	if err != nil {
		return &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body cannot be read, or is larger than %d bytes", sns.MaxBytes)}
	}
	m, err := sns.Parse(body)
	if err != nil {
		return &refusal{http.StatusBadRequest, err.Error()}
	}
	if err := p.SNS.Verify(ctx, m); err != nil {
		return p.unverified(m, err)
	}
	if p.messages.has(m.MessageID) {
		return nil
	}
	switch m.Type {
	case sns.SubscriptionConfirmation:
		if err := p.SNS.Confirm(ctx, m); err != nil {
			return p.unverified(m, err)
		}
		p.Log.Info("subscribed to a topic of SNS", "topic", m.TopicARN)
	case sns.UnsubscribeConfirmation:
		p.Log.Warn("a topic of SNS sends no more: somebody ended the subscription", "topic", m.TopicARN)
	default:
		if err := p.alarm(ctx, m, body); err != nil {
			return err
		}
	}
	p.messages.add(m.MessageID)
	return nil
}

// unverified says why a message does not count; only what could be right the
// next time is to be sent again.
func (p *Push) unverified(m *sns.Message, err error) error {
	p.Log.Warn("a message of SNS does not count", "topic", m.TopicARN, "err", err)
	if errors.Is(err, sns.ErrUnavailable) {
		return &refusal{http.StatusServiceUnavailable, "the message cannot be checked now, send it again"}
	}
	return &refusal{http.StatusForbidden, err.Error()}
}

// alarm stores what a notification says; what it does not understand is a dead
// letter.
func (p *Push) alarm(ctx context.Context, m *sns.Message, body []byte) error {
	change, err := event.FromAlarm([]byte(m.Message))
	var sample batch.Sample
	if err == nil {
		sample, err = change.Sample(ctx, p.Names)
	}
	if errors.Is(err, event.ErrNotWatched) {
		p.met.points.WithLabelValues("sns", "skipped").Inc()
		return nil
	}
	if err != nil {
		p.met.points.WithLabelValues("sns", "bad").Inc()
		letters := newLetters(p.Letters, 1)
		if err := letters.send(ctx, deadletter.Letter{Team: team, ID: "dlq/sns/" + m.MessageID, Body: body,
			Reason:  fmt.Sprintf("SNS message %s of %s: %v", m.MessageID, m.TopicARN, err),
			Subject: string(bus.CustomMetrics(team, "aws-sns")), Time: time.Now()}); err != nil {
			return err
		}
		return letters.wait(ctx)
	}
	if err := p.Sink.Store(ctx, []batch.Sample{sample}); err != nil {
		return err
	}
	p.met.points.WithLabelValues("sns", "stored").Inc()
	return nil
}
