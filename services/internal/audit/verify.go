package audit

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// slack is what clocks may differ by when a record is said to be too old.
const slack = time.Hour

// Break is where the audit is not what was written.
type Break struct {
	// Record is the one that does not fit; nil when records are missing at an end.
	Record *eventv1.AuditRecord
	// Where it was read: "AUDIT #21", "line 3".
	Where string
	// Reason says what is wrong with it, in words.
	Reason string
}

func (b *Break) Error() string {
	if b.Record == nil {
		return b.Reason
	}
	return fmt.Sprintf("%s, record %s of %s: %s", b.Where, b.Record.GetId(), b.Record.GetAt().AsTime().UTC().Format(time.RFC3339), b.Reason)
}

// Verifier looks at records in their order. It keeps no records, so that any
// number can be looked at.
type Verifier struct {
	// Before is how many records came without a chain, Records how many with one.
	Before, Records int
	// First and Last are the ends of what was seen; nil when there was nothing.
	First, Last *eventv1.AuditHead

	first *eventv1.AuditRecord
	heads map[uint64]*eventv1.AuditHead
	far   *eventv1.AuditHead
}

// NewVerifier returns a verifier that knows these heads.
func NewVerifier(heads []*eventv1.AuditHead) *Verifier {
	v := &Verifier{heads: map[uint64]*eventv1.AuditHead{}}
	for _, h := range heads {
		v.heads[h.GetPosition()] = h
		if h.GetPosition() > v.far.GetPosition() {
			v.far = h
		}
	}
	return v
}

// Add looks at the next record, read at where. Its error is a *[Break].
func (v *Verifier) Add(r *eventv1.AuditRecord, where string) error {
	reason := v.reason(r)
	if reason != "" {
		return &Break{Record: r, Where: where, Reason: reason}
	}
	if r.GetChain() == nil {
		v.Before++
		return nil
	}
	v.Records++
	v.Last = headOf(r)
	if v.first == nil {
		v.first, v.First = r, v.Last
	}
	return nil
}

// reason says what is wrong with a record, or nothing.
func (v *Verifier) reason(r *eventv1.AuditRecord) string {
	c := r.GetChain()
	expected := v.Last.GetPosition() + 1
	switch {
	case c == nil && v.Last != nil:
		return fmt.Sprintf("it has no place in the chain but stands after position %d: it was put there by something that keeps no chain", v.Last.GetPosition())
	case c == nil:
		return ""
	case unknown(r.ProtoReflect()):
		return "it was written by a newer version of Parley: verify with that"
	case !bytes.Equal(c.GetHash(), Sum(r)):
		return "its content is not what its hash was made of: it was changed"
	case c.GetPosition() == 0 || c.GetPosition() == 1 && len(c.GetPrevious()) > 0:
		return "it says to be the first and names one before it"
	case v.Last != nil && c.GetPosition() > expected:
		return fmt.Sprintf("it has position %d and follows position %d: %s missing between them", c.GetPosition(), v.Last.GetPosition(), records(c.GetPosition()-expected))
	case v.Last != nil && c.GetPosition() < expected:
		return fmt.Sprintf("it has position %d and follows position %d: it was moved, or put there", c.GetPosition(), v.Last.GetPosition())
	case v.Last != nil && !bytes.Equal(c.GetPrevious(), v.Last.GetHash()):
		return fmt.Sprintf("it does not follow the record before it, at position %d: one of them is not what was written", v.Last.GetPosition())
	}
	if h := v.heads[c.GetPosition()]; h != nil && !bytes.Equal(h.GetHash(), c.GetHash()) {
		return fmt.Sprintf("the head that was noted at position %d has another hash: the chain was made anew here or before", c.GetPosition())
	}
	return ""
}

// Whole says, after the last record of the stream, whether records are missing
// at its ends: before the first, unless they are too old to be kept, and after
// the last. Its error is a *[Break].
func (v *Verifier) Whole(now time.Time) error {
	oldest := now.Add(-bus.AuditLog.MaxAge).Add(slack)
	if c := v.first.GetChain(); c.GetPosition() > 1 && c.GetPreviousAt().AsTime().After(oldest) {
		return &Break{Reason: fmt.Sprintf("the first record has position %d and the one before it is of %s: %s missing at the beginning, not old enough to have been let go",
			c.GetPosition(), c.GetPreviousAt().AsTime().UTC().Format(time.RFC3339), records(c.GetPosition()-1))}
	}
	return v.End(oldest)
}

// End says whether the records reach the heads that are known; heads of before
// oldest may have gone with theirs.
func (v *Verifier) End(oldest time.Time) error {
	last := v.Last.GetPosition()
	if v.far.GetPosition() > last && (v.far.GetAt() == nil || v.far.GetAt().AsTime().After(oldest)) {
		return &Break{Reason: fmt.Sprintf("a head was noted at position %d and the last record has position %d: %s missing at the end",
			v.far.GetPosition(), last, records(v.far.GetPosition()-last))}
	}
	return nil
}

// Unseen returns the heads among these that lie before the first record, and
// could therefore not be compared.
func (v *Verifier) Unseen(heads []*eventv1.AuditHead) []*eventv1.AuditHead {
	return slices.DeleteFunc(slices.Clone(heads), func(h *eventv1.AuditHead) bool { return h.GetPosition() >= v.First.GetPosition() })
}

func records(n uint64) string {
	if n == 1 {
		return "1 record is"
	}
	return fmt.Sprintf("%d records are", n)
}
