package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/nats-io/nuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

// outcome is what came of an order: the JSON of the commands that give one.
type outcome struct {
	Order string `json:"order"`
	// Target is the incident, silence or run that it is about.
	Target   string `json:"target"`
	Sequence uint64 `json:"sequence"`
	// Done: the effect was seen, and Effect says it in words.
	Done   bool   `json:"done"`
	Effect string `json:"effect"`
}

// effect looks for what an order brings: "" while there is nothing to see.
type effect func(ctx context.Context) (string, error)

const lookAgain = 200 * time.Millisecond

// place publishes an order as the person at the command line and waits until
// its effect is seen. The notifier carries orders out; one that it refuses
// becomes a dead letter, whose reason is the error here. Without an effect in
// time the order still stands: the error says so.
func place(ctx context.Context, conn *bus.Conn, g *settings, name, target string, o *eventv1.Order, look effect) (outcome, error) {
	out := outcome{Order: name, Target: target}
	dead, err := endOf(ctx, conn, bus.DeadLetters)
	if err != nil {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	id := "cli/" + nuid.Next()
	out.Sequence, err = bus.Publish(ctx, conn, bus.InboundFrom("cli", "order"), id, &eventv1.Inbound{
		Id: id, Backend: "cli", Person: person(), At: timestamppb.Now(), What: &eventv1.Inbound_Order{Order: o}})
	if err != nil {
		return out, err
	}
	handled := false
	err = retry(ctx, lookAgain, func() (bool, error) {
		if out.Effect, err = look(ctx); err != nil || out.Effect != "" {
			return true, err
		}
		if reason, err := refusal(ctx, conn, dead, out.Sequence); err != nil || reason != "" {
			return true, orElse(err, fmt.Errorf("refused: %s", reason))
		}
		handled = handled || isHandled(ctx, conn, out.Sequence)
		return false, nil
	})
	if err == nil {
		out.Done = true
		return out, nil
	}
	if ctx.Err() == context.DeadlineExceeded {
		if handled {
			return out, fmt.Errorf("the notifier took the order, but nothing came of it within %s\nit still may: look again, and see parley status", g.Timeout)
		}
		return out, fmt.Errorf("the order is stored (INBOUND #%d), but no notifier took it within %s\nit will be carried out when one runs within the hour: docker-compose up -d notifier, and see parley status", out.Sequence, g.Timeout)
	}
	return out, err
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// isHandled reports whether the notifier is done with an order.
func isHandled(ctx context.Context, conn *bus.Conn, sequence uint64) bool {
	c, err := conn.JetStream().Consumer(ctx, bus.InboundQueue.Name, bus.NotifierInbound.Name)
	return err == nil && c.CachedInfo().AckFloor.Stream >= sequence
}

// refusal returns why the order became a dead letter, or "", and takes that
// letter away.
func refusal(ctx context.Context, conn *bus.Conn, after, sequence uint64) (reason string, err error) {
	end, err := endOf(ctx, conn, bus.DeadLetters)
	if err != nil || end <= after {
		return "", err
	}
	letter := uint64(0)
	part := stretch{FromSequence: after + 1, HeadersOnly: true}
	err = readLog(ctx, conn, bus.DeadLetters, part, func(m *bus.Message[[]byte]) error {
		if m.Header.Get(bus.HeaderStream) == bus.InboundQueue.Name && m.Header.Get(bus.HeaderSequence) == strconv.FormatUint(sequence, 10) {
			reason, letter = m.Header.Get(bus.HeaderReason), m.Sequence
			return errEnough
		}
		return nil
	})
	if letter > 0 {
		// Who asked is told: nobody has to look at it any more. The refusal is in
		// the audit; a dead letter that stays behind does no harm.
		if stream, err := conn.JetStream().Stream(ctx, bus.DeadLetters.Name); err == nil {
			_ = stream.DeleteMsg(ctx, letter)
		}
	}
	return reason, err
}

// person is who is at the command line: by right the operator, whose key it is
// ("cli:operator" to those who allow actions), by name whoever the machine says.
func person() *eventv1.Person {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if name == "" {
		name = "somebody"
	}
	return &eventv1.Person{Id: operator, Name: name}
}

// give has an order carried out and writes what came of it.
func give(ctx context.Context, conn *bus.Conn, g *settings, s *screen.Screen, name, target string, o *eventv1.Order, look effect) error {
	out, err := place(ctx, conn, g, name, target, o, look)
	if err != nil {
		return err
	}
	return showOutcome(s, out)
}

// stored looks for what an order puts under a key: say says it in words, or ""
// while it is not what was asked for.
func stored[M any](conn *bus.Conn, v bus.View[M], key string, say func(M) string) effect {
	return func(ctx context.Context) (string, error) {
		e, err := v.Get(ctx, conn, bus.Token(key))
		if errors.Is(err, bus.ErrNotFound) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		return say(e.Value), nil
	}
}

// existing reads what a person names by its id.
func existing[M any](ctx context.Context, conn *bus.Conn, v bus.View[M], what, id string) (M, error) {
	e, err := v.Get(ctx, conn, bus.Token(id))
	if errors.Is(err, bus.ErrNotFound) {
		return e.Value, &settingError{what: fmt.Sprintf("no %s %q", what, id), fix: "parley " + what + " list shows their ids"}
	}
	return e.Value, err
}

// showOutcome writes what came of an order.
func showOutcome(s *screen.Screen, o outcome) error {
	return s.Result(o, func() { s.Line(o.Effect) })
}
