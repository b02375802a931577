package inbound

import (
	"context"
	"fmt"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// standing counts what is open of what a command's filters let through; nil
// without filters.
func (h *Handler) standing(ctx context.Context, a *ask) chat.Lines {
	if len(a.Matchers) == 0 && !a.Mine {
		return nil
	}
	now := time.Now()
	var critical, warning, acked, muted int
	all := h.filtered(ctx, h.open(ctx), a)
	for _, c := range all {
		switch c.GetSeverity() {
		case eventv1.Severity_SEVERITY_CRITICAL:
			critical++
		case eventv1.Severity_SEVERITY_WARNING:
			warning++
		}
		if r, err := h.Store.Get(ctx, c.GetId()); err == nil && r != nil && r.Ack != nil {
			acked++
		}
		if h.Silences().Mutes(c, now) != nil {
			muted++
		}
	}
	what := a.Matchers.String()
	if a.Mine {
		what = strings.TrimSpace("yours " + what)
	}
	return chat.Lines{{chat.B(message.Cut(what, 200)), chat.P(fmt.Sprintf(": %d open, %d critical, %d warning · %d acknowledged, %d silenced", len(all), critical, warning, acked, muted))}}
}
