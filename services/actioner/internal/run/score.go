package run

import (
	"context"
	"errors"
	"fmt"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/remedy"
)

// score counts a run whose effect is known in the record of its action for its
// policy. Doing it again changes nothing.
func (r *Runner) score(ctx context.Context, run *eventv1.RunChanged) error {
	counts := remedy.Counts(run)
	if counts == nil {
		return nil
	}
	policy := run.GetIncident().GetPolicy()
	key := remedy.Key(run.GetAction(), policy)
	for range 20 {
		e, err := bus.Remedies.Get(ctx, r.Bus, key)
		missing := errors.Is(err, bus.ErrNotFound)
		if err != nil && !missing {
			return err
		}
		next, changed := remedy.Add(e.Value, counts)
		if !changed {
			return nil
		}
		next.Action, next.Policy = run.GetAction(), policy
		if missing {
			_, err = bus.Remedies.Create(ctx, r.Bus, key, next)
		} else {
			_, err = bus.Remedies.Update(ctx, r.Bus, key, next, e.Revision)
		}
		if !errors.Is(err, bus.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("record of %s for %s: %w", run.GetAction(), policy, bus.ErrConflict)
}
