package inbound

import (
	"context"
	"fmt"
	"strconv"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// warnBefore is how long before a silence ends its author is told; one that is
// shorter than twice that ends without.
const warnBefore = 15 * time.Minute

// Ending tells those who made a silence, by direct message, that it ends soon
// while something that it mutes is open: once for each end that it has.
func (h *Handler) Ending(ctx context.Context, now time.Time) error {
	var open []*eventv1.IncidentChanged
	for _, s := range h.Silences().Active(now) {
		ends := s.GetEndsAt().AsTime()
		if s.GetMaintenance() != "" || s.GetAuthorId() == "" || ends.Sub(now) > warnBefore || ends.Sub(s.GetStartsAt().AsTime()) < 2*warnBefore {
			continue
		}
		b, ok := chat.Named(h.Backend, s.GetAuthorBackend())
		if _, direct := b.(chat.Direct); !ok || !direct {
			continue
		}
		id := record.NoticeID(s.GetId(), "ends-"+strconv.FormatInt(ends.Unix(), 36))
		if r, err := h.Store.Fresh(ctx, id); err != nil {
			return err
		} else if r != nil {
			continue
		}
		if open == nil {
			open = h.open(ctx)
		}
		shown, err := silence.Preview(s, open, now)
		if err != nil || len(shown.Open) == 0 {
			continue
		}
		n := &record.Notice{At: now, Icon: "🔕", Text: fmt.Sprintf("Your silence of %s ends soon, and 1 incident that it holds back is still open. It lasts", Scope(s)), Until: ends, Extend: extendValue(s),
			More: []string{"• " + record.Finding(shown.Open[0])}}
		if more := len(shown.Open); more > 1 {
			n.Text = fmt.Sprintf("Your silence of %s ends soon, and %d incidents that it holds back are still open. It lasts", Scope(s), more)
			n.More = append(n.More, fmt.Sprintf("… and %d more", more-1))
		}
		channel := "@" + s.GetAuthorId()
		if b.Name() != h.Backend.Name() {
			channel = s.GetAuthorBackend() + ":" + channel
		}
		if err := h.Say(ctx, id, n, []string{channel}); err != nil {
			return err
		}
	}
	return nil
}
