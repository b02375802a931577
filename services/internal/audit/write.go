package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	// Patience is how long [Write] tries.
	Patience = 10 * time.Second
	// headsEvery is of how many records one head is kept for good.
	headsEvery = 100
	// lookBack is how many records without a chain a writer looks past for one
	// that has it: some of an older version may run beside it.
	lookBack = 64
)

// Write stores a record as the newest of the audit and notes the head. That the
// head could not be noted is no error: the record is there, and the next one
// notes its own.
func Write(ctx context.Context, conn *bus.Conn, subject bus.Subject[*eventv1.AuditRecord], r *eventv1.AuditRecord) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	stored, repeated, err := bus.Append(ctx, conn, bus.AuditLog, subject, r.GetId(), func(newest *bus.Message[*eventv1.AuditRecord]) (*eventv1.AuditRecord, error) {
		head, err := headBefore(ctx, conn, newest)
		if err != nil {
			return nil, err
		}
		return After(head, r), nil
	})
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	if !repeated {
		note(ctx, conn, headOf(stored))
	}
	return nil
}

// After returns a copy of r that follows the head; nil is the beginning.
func After(head *eventv1.AuditHead, r *eventv1.AuditRecord) *eventv1.AuditRecord {
	r = proto.CloneOf(r)
	r.Chain = &eventv1.AuditChain{Position: head.GetPosition() + 1, Previous: head.GetHash(), PreviousAt: head.GetAt()}
	r.Chain.Hash = Sum(r)
	return r
}

func headOf(r *eventv1.AuditRecord) *eventv1.AuditHead {
	return &eventv1.AuditHead{Position: r.GetChain().GetPosition(), Hash: r.GetChain().GetHash(), At: r.GetAt()}
}

// headBefore returns what the next record follows: the newest of the stream, or
// the newest with a chain, or the newest that was noted, or nothing.
func headBefore(ctx context.Context, conn *bus.Conn, newest *bus.Message[*eventv1.AuditRecord]) (*eventv1.AuditHead, error) {
	for m, tries := newest, lookBack; m != nil && tries > 0; tries-- {
		if m.Event.GetChain() != nil {
			return headOf(m.Event), nil
		}
		if m.Sequence == 1 {
			break
		}
		before, err := bus.MessageAt[*eventv1.AuditRecord](ctx, conn, bus.AuditLog, m.Sequence-1)
		if errors.Is(err, bus.ErrNotFound) {
			break
		}
		if err != nil {
			return nil, err
		}
		m = before
	}
	heads, err := Heads(ctx, conn)
	if errors.Is(err, jetstream.ErrBucketNotFound) || err == nil && len(heads) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return heads[len(heads)-1], nil
}

// note keeps a head, unless a newer one is there.
func note(ctx context.Context, conn *bus.Conn, h *eventv1.AuditHead) {
	key := strconv.FormatUint(h.GetPosition()/headsEvery, 10)
	for range 8 {
		e, err := bus.AuditHeads.Get(ctx, conn, key)
		switch {
		case errors.Is(err, bus.ErrNotFound):
			_, err = bus.AuditHeads.Create(ctx, conn, key, h)
		case err == nil && e.Value.GetPosition() >= h.GetPosition():
			return
		case err == nil:
			_, err = bus.AuditHeads.Update(ctx, conn, key, h, e.Revision)
		}
		if !errors.Is(err, bus.ErrConflict) {
			return
		}
	}
}
