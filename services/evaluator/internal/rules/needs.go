package rules

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
)

// needsKey is the only key of [bus.PolicyNeeds].
const needsKey = "current"

// needs returns what the set's enabled policies look at: each condition, and
// the metric that it is compared with.
func needs(set *policy.Set) *eventv1.Needs {
	n := &eventv1.Needs{Digest: set.Digest}
	for i := range set.Policies {
		p := &set.Policies[i]
		if !p.Enabled {
			continue
		}
		for _, c := range p.Conditions {
			if c.Event != nil {
				continue // it comes by itself
			}
			metrics := []string{c.Metric}
			for _, m := range c.Others() {
				if m != c.Metric {
					metrics = append(metrics, m)
				}
			}
			for _, m := range metrics {
				n.Needs = append(n.Needs, &eventv1.Need{Policy: p.Name, Metric: m, Severity: p.Severity,
					Matchers: p.Scope.Proto(), Hold: durationpb.New(cmp.Or(c.For, c.Silence))})
			}
		}
	}
	return n
}

// announce brings the needs in the bucket up to the current set. Those of a
// set that came into force after it stay: an evaluator that is behind must not
// undo what one that is not has written; then it looks again the next time.
func (k *Keeper) announce(ctx context.Context) error {
	cur, _ := k.Current()
	if k.announced == cur.Set.Digest {
		return nil
	}
	want := needs(cur.Set)
	for {
		e, err := bus.PolicyNeeds.Get(ctx, k.conn, needsKey)
		switch {
		case errors.Is(err, bus.ErrNotFound):
			_, err = bus.PolicyNeeds.Create(ctx, k.conn, needsKey, want)
		case err != nil:
		case proto.Equal(e.Value, want):
			k.announced = want.GetDigest()
			return nil
		default:
			if digest := e.Value.GetDigest(); digest != want.GetDigest() {
				newer, err := k.revisionOf(ctx, digest)
				if err != nil {
					return err
				}
				if newer > cur.Revision {
					return nil
				}
			}
			_, err = bus.PolicyNeeds.Update(ctx, k.conn, needsKey, want, e.Revision)
		}
		if errors.Is(err, bus.ErrConflict) {
			continue // another evaluator was first; see what it wrote
		}
		if err != nil {
			return fmt.Errorf("write what policies need: %w", err)
		}
		k.announced = want.GetDigest()
		k.log.Info("needs of the policies written", "count", len(want.GetNeeds()), "digest", want.GetDigest())
		return nil
	}
}

// revisionOf returns the revision of the set with this digest; 0 if there is
// none.
func (k *Keeper) revisionOf(ctx context.Context, digest string) (uint64, error) {
	e, err := bus.PolicySets.Get(ctx, k.conn, digest)
	if errors.Is(err, bus.ErrNotFound) {
		return 0, nil
	}
	return e.Revision, err
}
