package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Heads returns the heads that were noted, oldest first: of every hundred
// records the last.
func Heads(ctx context.Context, conn *bus.Conn) ([]*eventv1.AuditHead, error) {
	entries, err := bus.AuditHeads.List(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("heads of the audit: %w", err)
	}
	heads := make([]*eventv1.AuditHead, 0, len(entries))
	for _, e := range entries {
		heads = append(heads, e.Value)
	}
	slices.SortFunc(heads, func(a, b *eventv1.AuditHead) int { return cmp.Compare(a.GetPosition(), b.GetPosition()) })
	return heads, nil
}
