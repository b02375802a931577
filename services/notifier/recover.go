package notifier

import (
	"context"
	"time"
)

// recoverEvery is how often silences that wait for recovery are looked at;
// what resolves wakes it.
const recoverEvery = time.Minute

// watchRecovery ends silences that last until what they match is resolved.
func (n *notifier) watchRecovery(ctx context.Context) {
	for ctx.Err() == nil {
		if err := n.people.Recovered(ctx); err != nil && ctx.Err() == nil {
			n.env.Log.Debug("nobody says whether what is silenced is open still", "err", err)
		}
		t := time.NewTimer(recoverEvery)
		select {
		case <-ctx.Done():
		case <-n.known.resolved:
		case <-t.C:
		}
		t.Stop()
	}
}
