package webhook

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, forgetful := range map[string]bool{"true": false, "false": true} {
		t.Run("idempotent "+name, func(t *testing.T) {
			t.Parallel()
			block := "url: \"{{ settings.base }}/hooks/{{ labels.service }}\"\nsecret: env:HOOK\nbody: {instance: \"{{ labels.instance }}\"}\nidempotent: " + name
			actiontest.Run(t, actiontest.Case{New: New, Block: block, World: func() actiontest.World {
				f := &actiontest.Fleet{Forgetful: forgetful}
				return actiontest.World{Transport: f, Effects: f.Effects}
			}})
		})
	}
}

func TestARequestIsSigned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []byte
		f := &actiontest.Fleet{Check: func(r *http.Request) {
			got, _ = io.ReadAll(r.Body)
			timestamp, signature := r.Header.Get("X-Parley-Timestamp"), r.Header.Get("X-Parley-Signature")
			if err := Verify("key", timestamp, signature, got, time.Now()); err != nil {
				t.Error(err)
			}
			for name, wrong := range map[string]error{
				"another secret":        Verify("other", timestamp, signature, got, time.Now()),
				"another body":          Verify("key", timestamp, signature, append(got, ' '), time.Now()),
				"replayed later":        Verify("key", timestamp, signature, got, time.Now().Add(6*time.Minute)),
				"from the future":       Verify("key", timestamp, signature, got, time.Now().Add(-6*time.Minute)),
				"a timestamp rewritten": Verify("key", timestamp+"0", signature, got, time.Now()),
				"no signature":          Verify("key", timestamp, "", got, time.Now()),
			} {
				if wrong == nil {
					t.Errorf("%s: accepted", name)
				}
			}
			if r.Header.Get("Idempotency-Key") != "run-1" || r.Header.Get("X-Team") != "checkout" || r.Method != http.MethodPut {
				t.Errorf("%s %v", r.Method, r.Header)
			}
		}}
		block := `
url: "https://example.com/x?q={{ labels.service }}"
method: PUT
secret: env:HOOK
headers: {x-team: "{{ labels.service }}"}
body: {text: "say \"{{ incident.summary }}\"", n: 3, deep: [{run: "{{ run.id }}"}]}`
		k := actiontest.Make(t, New, block, action.Deps{Secrets: action.NewVault(func(string) (string, error) { return "key", nil }),
			Transport: func(action.Guard) http.RoundTripper { return f }})
		c := actiontest.Call("run-1")
		c.Values["incident"]["summary"] = `","admin":true,"x":"` // a publisher of metrics wrote this
		if r, err := action.Do(t.Context(), k, nil, c); err != nil || r.Text != "example.com answered 200: done" {
			t.Errorf("got %q, %v", r.Text, err)
		}
		var body map[string]any
		if err := json.Unmarshal(got, &body); err != nil || body["admin"] != nil || body["text"] != `say "","admin":true,"x":""` || body["n"] != 3.0 {
			t.Errorf("body %s", got)
		}
	})
}

func TestHeadersCannotBeBroken(t *testing.T) {
	t.Parallel()
	k := actiontest.Make(t, New, "url: https://example.com/\nsecret: env:HOOK\nheaders: {X-A: \"{{ labels.service }}\"}", action.Deps{})
	c := actiontest.Call("run-1")
	c.Values["labels"]["service"] = "a\r\nX-Admin: 1"
	if _, err := k.Plan(c.Values); err == nil {
		t.Error("a line break in a header was accepted")
	}
}

func TestWrongBlocks(t *testing.T) {
	t.Parallel()
	for block, want := range map[string]string{
		"url: https://a.example/":                                                         "secret: is missing",
		"url: https://a.example/\n  secret: hunter2":                                      "want a reference",
		"url: ftp://a.example/\n  secret: env:X":                                          "http:// or https://",
		"url: https://u:p@a.example/\n  secret: env:X":                                    "no user or password",
		"url: https://{{ labels.x }}/\n  secret: env:X":                                   "needs `hosts:`",
		"url: https://a.example/\n  secret: env:X\n  headers: {authorization: x}":         "not the action's to set",
		"url: https://a.example/\n  secret: env:X\n  headers: {x_y: x}":                   "letters, digits and -",
		"url: https://a.example/\n  secret: env:X\n  method: BREW":                        "want one of POST",
		"url: https://a.example/{{ labels }}\n  secret: env:X":                            "want {{ scope.name }}",
		"url: https://a.example/\n  secret: env:X\n  body: {a: \"{{ lables.x }}\"}":       "no such scope",
		"url: https://a.example/\n  secret: env:X\n  hosts: [\"a*b\"]":                    "*.domain",
		"url: https://a.example/\n  secret: env:X\n  hosts: [\"http://a\"]":               "want a host",
		"url: https://a.example/../b\n  secret: env:X":                                    "no . or ..",
		"url: https://a.example/\n  secret: env:X\n  timeout: 3s":                         "unknown key \"timeout\"",
		"url: https://a.example/\n  secret: env:X\n  secrets: env:X\n  idempotent: 1":     "want true or false",
		"url: \"{{ labels.a }}://example.com/\"\n  secret: env:X\n  hosts: [example.com]": "http",
	} {
		doc, problems := node.Parse("f", []byte("block:\n  "+block))
		m := doc.Map("block")
		New(m, action.Deps{})
		m.Done()
		var all []string
		for _, p := range problems.List {
			all = append(all, p.Error())
		}
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("%q: got %q, want %q", block, all, want)
		}
		if strings.Contains(strings.Join(all, "\n"), "hunter2") {
			t.Errorf("a secret is in %q", all)
		}
	}
}
