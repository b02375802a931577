package jvmgc

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]string{
		"open":   `url: "{{ settings.sandbox_url }}/jolokia/{{ parameters.service }}/"`,
		"locked": "url: \"http://{{ labels.instance }}:8778/jolokia/\"\nhosts: [checkout-1]\nuser: parley\npassword: env:JOLOKIA\noperation: gcRun",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			actiontest.Run(t, actiontest.Case{New: New, Block: block, Absolute: true, Open: name == "open", World: func() actiontest.World {
				j := actiontest.NewJVM(97)
				if name == "locked" {
					j.User, j.Password = "parley", actiontest.Secret
				}
				return actiontest.World{Transport: j, Effects: j.Collections}
			}})
		})
	}
}

func run(t *testing.T, j *actiontest.JVM) (action.Result, error) {
	t.Helper()
	k := actiontest.Make(t, New, `url: "http://jvm:8778/jolokia/"`, action.Deps{Transport: func(action.Guard) http.RoundTripper { return j }})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return action.Do(ctx, k, nil, actiontest.Call("run-1"))
}

func TestWhatCameOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := actiontest.NewJVM(97)
		if r, err := run(t, j); err != nil || r.Text != "heap 97 % → 35 %, 1 collection" {
			t.Errorf("got %q, %v", r.Text, err)
		}
		j.Ignore = true
		_, err := run(t, j)
		if action.TextOf(err) != "no effect: explicit collections are switched off (-XX:+DisableExplicitGC)" || action.OutcomeOf(err) != action.OutcomeFailed {
			t.Errorf("got %v", err)
		}
	})
}

// Every place where it can go wrong says what is wrong, and what that means.
func TestFaults(t *testing.T) {
	t.Parallel()
	answer := func(on string, status int, body string) func(*http.Request, string, bool) (*http.Response, error) {
		return func(_ *http.Request, asked string, before bool) (*http.Response, error) {
			if before && strings.Contains(asked, on) {
				return actiontest.Answer(status, body), nil
			}
			return nil, nil
		}
	}
	ok := func(memory string) string {
		return `[{"status":200,"value":` + memory + `},{"status":200,"value":{"a":{"CollectionCount":1}}},{"status":403}]`
	}
	for name, c := range map[string]struct {
		broken  func(*http.Request, string, bool) (*http.Response, error)
		outcome action.Outcome
		text    string
	}{
		"HTTP 200 and an element's 403": {answer("exec", 200, `[{"status":403,"error":"denied"}]`), action.OutcomeFailed, "policy does not allow to collect"},
		"HTTP 200 and an element's 500": {answer("exec", 200, `[{"status":500,"error":"java.lang.Oops : no\nstack"}]`), action.OutcomeFailed, "could not collect (status 500): java.lang.Oops : no"},
		"one error for the whole bulk":  {answer("exec", 200, `{"status":400,"error":"bad"}`), action.OutcomeFailed, "status 400"},
		"not allowed to read":           {answer("read", 200, `[{"status":403},{"status":403},{"status":403}]`), action.OutcomeNotDone, "read the heap"},
		"a heap without a size":         {answer("read", 200, ok(`{"used":1,"max":-1}`)), action.OutcomeNotDone, "size of its heap"},
		"no Jolokia there":              {answer("read", 404, "nothing"), action.OutcomeNotDone, "HTTP 404"},
		"locked":                        {answer("read", 401, ""), action.OutcomeNotDone, "does not let us in"},
		"some other server":             {answer("read", 200, "<html>"), action.OutcomeNotDone, "not Jolokia's"},
		"a gateway gives up":            {answer("exec", 504, ""), action.OutcomeUnknown, "answered 504"},
		"busy":                          {answer("exec", 503, ""), action.OutcomeNotDone, "answered 503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := actiontest.NewJVM(97)
			j.Broken = c.broken
			_, err := run(t, j)
			if err == nil || action.OutcomeOf(err) != c.outcome || !strings.Contains(action.TextOf(err), c.text) {
				t.Errorf("got outcome %d, %v; want %d, %q", action.OutcomeOf(err), err, c.outcome, c.text)
			}
		})
	}
}

func FuzzJolokiaAnswers(f *testing.F) {
	f.Add([]byte(`[{"status":200,"value":{"used":1,"committed":2,"max":2}},{"status":200,"value":{"a":{"CollectionCount":1}}},{"status":200,"value":["-Xmx1g"]}]`))
	f.Add([]byte(`[{"status":403,"error":"x\ny"}]`))
	f.Add([]byte(`{"status":400,"error":"bad"}`))
	f.Add([]byte(`[{"status":200,"value":null},{},{}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if s, err := parseState(body); err == nil && (s.heap < 0 || s.collections < 0) {
			t.Errorf("%+v", s)
		}
		_ = parseExec(body)
	})
}
