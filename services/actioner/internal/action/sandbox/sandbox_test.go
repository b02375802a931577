package sandbox

import (
	"net/http"
	"testing"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	actiontest.Run(t, actiontest.Case{New: New, Block: "app: \"{{ labels.service }}\"\noperation: restart", World: func() actiontest.World {
		f := &actiontest.Fleet{Token: actiontest.Secret}
		return actiontest.World{Transport: f, Effects: f.Effects}
	}})
}

func TestTheRequest(t *testing.T) {
	t.Parallel()
	f := &actiontest.Fleet{Token: "tok", Check: func(r *http.Request) {
		if r.Method != http.MethodPost || r.URL.String() != "http://sandbox:8080/sandbox/fleet/search/clean-disk" || r.Header.Get("Idempotency-Key") != "run-1" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
	}}
	k := actiontest.Make(t, New, "app: search\noperation: clean-disk", action.Deps{SandboxToken: "tok", Transport: func(action.Guard) http.RoundTripper { return f }})
	r, err := action.Do(t.Context(), k, nil, actiontest.Call("run-1"))
	if err != nil || r.Text != "clean-disk of search done: disk used percent 95 → 40" {
		t.Errorf("got %q, %v", r.Text, err)
	}
}

func TestAnApplicationCannotLeaveItsPlace(t *testing.T) {
	t.Parallel()
	k := actiontest.Make(t, New, "app: \"{{ labels.service }}\"\noperation: restart", action.Deps{})
	for app, want := range map[string]string{
		"..":               "",
		".":                "",
		"a/../../api/auth": "Operation restart on the application a/../../api/auth (http://sandbox:8080/sandbox/fleet/a%2F..%2F..%2Fapi%2Fauth/restart)",
		"a?b=c#d":          "Operation restart on the application a?b=c#d (http://sandbox:8080/sandbox/fleet/a%3Fb=c%23d/restart)",
	} {
		v := actiontest.Call("run-1").Values
		v["labels"]["service"] = app
		if got, err := k.Plan(v); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", app, got, err)
		}
	}
}
