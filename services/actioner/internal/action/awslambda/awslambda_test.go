package awslambda

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
)

// function heeds the run's id, as an idempotent one does.
func function(status int, fault, answer string) *actiontest.Cloud {
	return &actiontest.Cloud{Function: func([]byte) (int, string, string) { return status, fault, answer }}
}

const payload = "\npayload: {run: \"{{ run.id }}\", service: \"{{ labels.service }}\", times: 2}"

func TestConformance(t *testing.T) {
	t.Parallel()
	actiontest.Run(t, actiontest.Case{New: New, Block: "function: \"{{ parameters.function }}\"" + payload, Open: true, World: func() actiontest.World {
		c := function(200, "", `{"ok":true}`)
		return actiontest.World{Transport: c, Effects: c.Count}
	}})
}

func TestWords(t *testing.T) {
	t.Parallel()
	f := func(name string, c *actiontest.Cloud, effects int, want string, change ...func(*action.Call)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := actiontest.Make(t, New, "idempotent: true"+payload, action.Deps{Accounts: actiontest.Accounts(c)})
				if !action.HasToken(k) {
					t.Error("the declaration says that it may be repeated")
				}
				call := actiontest.Call("run-1")
				for _, f := range change {
					f(&call)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				r, err := action.Do(ctx, k, nil, call)
				said := r.Text
				if err != nil {
					said = action.TextOf(err)
				}
				if !strings.HasPrefix(said, want) || c.Count() != effects {
					t.Errorf("got %q after %v, want %q", said, c.Effects(), want)
				}
			})
		})
	}
	f("runs", function(200, "", `{"resized":  3}`), 1, `the function parley-thumbnails ran and answered {"resized": 3}`)
	f("says nothing", function(200, "", "null"), 1, "the function parley-thumbnails ran")
	f("fails", function(200, "Unhandled", `{"errorMessage":"no bucket"}`), 1, `the function parley-thumbnails ran and failed (Unhandled): {"errorMessage":"no bucket"}`)
	f("not listed", function(200, "", ""), 0, "the function billing is not among those that this action may invoke (parley-*)",
		func(c *action.Call) { c.Values[fill.Parameters]["function"] = "billing" })
	f("gone", &actiontest.Cloud{}, 0, "AWS account shop (111122223333), eu-west-1, lambda:InvokeFunction")
	f("denied", &actiontest.Cloud{Deny: "Invoke"}, 0, "AWS account shop (111122223333), eu-west-1, lambda:InvokeFunction: ")
}

// The plan of two runs is the same; what is sent has the run's own id.
func TestPayload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := function(200, "", "")
		k := actiontest.Make(t, New, payload, action.Deps{Accounts: actiontest.Accounts(c)})
		one, err := k.Plan(actiontest.Call("run-1").Values)
		other, err2 := k.Plan(actiontest.Call("run-2").Values)
		if err != nil || err2 != nil || one != other || !strings.Contains(one, `"service":"checkout"`) {
			t.Errorf("%q, %q, %v, %v", one, other, err, err2)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := action.Do(ctx, k, nil, actiontest.Call("run-1")); err != nil || c.Effects()[0] != `Invoke parley-thumbnails {"run":"run-1","service":"checkout","times":2}` {
			t.Errorf("%v, %v", c.Effects(), err)
		}
	})
}
