package awskit

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/internal/wait"
)

// State is what a look at a resource found.
type State struct {
	// Words name the state: "stopping".
	Words string
	// Done: it is the final state that was asked for. Never: it cannot become
	// that any more.
	Done, Never bool
}

// Settle looks every so often until the final state is there or ctx ends,
// which is unknown: the call was accepted, and what came of it is not seen. A
// look that fails is tried again. c is told what it waits for; subject is for
// people.
func Settle(ctx context.Context, c action.Call, subject string, every time.Duration, look func(context.Context) (State, error)) (State, error) {
	began, last, why := time.Now(), State{}, error(nil)
	for {
		now, err := look(ctx)
		if err == nil {
			last, why = now, nil
		} else if ctx.Err() == nil { // not only that time is up
			why = err
		}
		if c.Progress != nil && err == nil && !now.Done && !now.Never {
			c.Progress(ctx, fmt.Sprintf("%s is %s, for %s now", subject, now.Words, time.Since(began).Round(time.Second)))
		}
		switch {
		case err == nil && now.Done:
			return now, nil
		case err == nil && now.Never:
			return now, action.Failed(fmt.Sprintf("%s is %s now, and will not be what was asked for", subject, now.Words), nil)
		case wait.For(ctx, every) != nil:
			text := fmt.Sprintf("AWS took the order, and %s was still %s after %s", subject, orUnseen(last.Words), time.Since(began).Round(time.Second))
			if why != nil {
				text += ": " + action.TextOf(why)
			}
			return last, action.Unknown(text, why)
		}
	}
}

func orUnseen(state string) string {
	if state == "" {
		return "not seen"
	}
	return state
}
