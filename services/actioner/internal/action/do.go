package action

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Do runs k, with nothing secret in what comes back. It is the only way in
// which kinds are run. A kind that panics has an unknown outcome.
func Do(ctx context.Context, k Kind, secrets *Vault, c Call) (Result, error) {
	return clean(secrets, func() (Result, error) { return k.Run(ctx, c) })
}

// Look asks k, if it can, what it sees of its target without touching it.
func Look(ctx context.Context, k Kind, secrets *Vault, c Call) (Result, error) {
	d, ok := k.(DryRunner)
	if !ok {
		return Result{}, nil
	}
	return clean(secrets, func() (Result, error) { return d.DryRun(ctx, c) })
}

func clean(secrets *Vault, do func() (Result, error)) (r Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Unknown("the action broke while it ran", fmt.Errorf("panic: %v", p))
		}
		r.Text = secrets.Scrub(r.Text)
		if err != nil {
			e := &Error{Outcome: OutcomeOf(err), Text: secrets.Scrub(TextOf(err))}
			if cause := strings.TrimPrefix(secrets.Scrub(err.Error()), e.Text+": "); cause != e.Text {
				e.Err = errors.New(cause)
			}
			err = e
		}
	}()
	return do()
}
