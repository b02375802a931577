package notifier

import (
	"context"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/remedy"
)

// Remedies returns how often actions helped, by remedy.Key. It must not be
// changed.
func (k *known) Remedies() map[string]*eventv1.Remedy {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.remedies
}

// Scores returns how often actions helped with incidents of a policy.
func (k *known) Scores(policy string) map[string]remedy.Score {
	out := map[string]remedy.Score{}
	for _, r := range k.Remedies() {
		if r.GetPolicy() == policy {
			out[r.GetAction()] = remedy.Of(r)
		}
	}
	return out
}

// watchRemedies keeps current how often actions helped.
func (n *notifier) watchRemedies(ctx context.Context) {
	_ = bus.Remedies.Watch(ctx, n.env.Bus, relist, func(entries []bus.Entry[*eventv1.Remedy]) {
		all := make(map[string]*eventv1.Remedy, len(entries))
		for _, e := range entries {
			all[remedy.Key(e.Value.GetAction(), e.Value.GetPolicy())] = e.Value
		}
		n.known.set(false, func() { n.known.remedies = all })
	})
}
