package mattermost

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/wait"
)

func TestAPersonIsAnsweredWhileTheBusStalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := start(t)
		ts, actions := told(t, b, s)
		h := b.Handler(func(ctx context.Context, _ *eventv1.Inbound) error { return wait.For(ctx, 10*time.Second) })
		began := time.Now()
		code, said := send(h, "/click", clicked{UserID: annID, UserName: "ann", ChannelID: opsID, PostID: ts, TriggerID: "t", Context: actions[0].Integration.Context})
		if took := time.Since(began); took >= 3*time.Second || code != 200 || !strings.Contains(said, "could not take that") {
			t.Errorf("%d after %s: %s", code, took, said)
		}
	})
}
