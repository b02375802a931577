package awsecs

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
)

func service(change ...func(*actiontest.Service)) *actiontest.Cloud {
	s := &actiontest.Service{Cluster: "shop", Name: "checkout", Strategy: "REPLICA", Count: 4, Tags: actiontest.Allowed()}
	for _, c := range change {
		c(s)
	}
	return &actiontest.Cloud{Service: s}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, block := range []string{"operation: redeploy", "operation: scale\ncount: \"6\"", "operation: scale\ncount: \"+1\""} {
		t.Run(block, func(t *testing.T) {
			t.Parallel()
			actiontest.Run(t, actiontest.Case{New: New, Block: block + "\nservice: \"{{ parameters.service }}\"", Open: true, World: func() actiontest.World {
				c := service()
				return actiontest.World{Transport: c, Effects: c.Count}
			}})
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	f := func(name, block string, c *actiontest.Cloud, effects int, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := actiontest.Make(t, New, block, action.Deps{Accounts: actiontest.Accounts(c)})
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				call := actiontest.Call("run-1")
				call.Most = 3
				r, err := action.Do(ctx, k, nil, call)
				said := r.Text
				if err != nil {
					said = action.TextOf(err)
				}
				if said != want || c.Count() != effects {
					t.Errorf("got %q after %v, want %q", said, c.Effects(), want)
				}
			})
		})
	}
	f("redeploy", "operation: redeploy", service(), 1, "the service shop/checkout was deployed anew: 4 tasks run")
	f("scale", "operation: scale\ncount: \"-50%\"", service(), 1, "the service shop/checkout went from 4 to 2 tasks, all running")
	f("fails to deploy", "operation: redeploy", service(func(s *actiontest.Service) { s.Rollout = "FAILED" }), 1,
		"the service shop/checkout is failing to deploy (tasks failed to start) now, and will not be what was asked for")
	f("as it is", "operation: scale\ncount: \"4\"", service(), 0, "the service shop/checkout is at 4 tasks already; nothing was done")
	f("too many", "operation: scale\ncount: \"8\"", service(), 0, "the service shop/checkout would go from 4 to 8 tasks: one run may change 3 at most (per_run)")
	f("one on each machine", "operation: scale\ncount: \"8\"", service(func(s *actiontest.Service) { s.Strategy = "DAEMON" }), 0,
		"the service shop/checkout runs one task on each machine: it has no count to set")
	f("not allowed", "operation: redeploy", service(func(s *actiontest.Service) { s.Tags = nil }), 0,
		"the service shop/checkout (account shop (111122223333), eu-west-1) is not tagged parley:actions=allowed, so nothing is done to it, and the action role could not either; its owner tags what may be acted on")
	f("no such service", "operation: redeploy", service(func(s *actiontest.Service) { s.Name = "cart" }), 0,
		"there is no active service checkout in the cluster shop of account shop (111122223333), eu-west-1 (any more)")
	f("no such cluster", "operation: redeploy", service(func(s *actiontest.Service) { s.Cluster = "data" }), 0,
		"there is no active service checkout in the cluster shop of account shop (111122223333), eu-west-1 (any more)")
}
