package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
	"github.com/parley-ops/parley/services/actioner/internal/outbound"
)

type kind struct {
	deps      action.Deps
	at        outbound.Address
	app       fill.Template
	operation string
	token     string // a reference; "" for the process's own
}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	k := &kind{deps: d, at: outbound.ReadAddress(m, "{{ settings.sandbox_url }}"), operation: m.Required("operation"), token: m.Text("token")}
	app, err := fill.Parse(m.Required("app"))
	if err != nil {
		m.FailAt("app", "%v", err)
	}
	k.app = app
	if k.token != "" {
		if err := action.CheckSecret(k.token); err != nil {
			m.FailAt("token", "%v", err)
		}
	}
	return k
}

// HasToken: the sandbox knows the run id.
func (k *kind) HasToken() bool { return true }

func (k *kind) Plan(v fill.Values) (string, error) {
	at, app, err := k.target(v)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Operation %s on the application %s (%s)", k.operation, app, at), nil
}

func (k *kind) target(v fill.Values) (at, app string, err error) {
	base, err := k.at.URL(v)
	if err != nil {
		return "", "", err
	}
	if app, err = k.app.Fill(v, nil); err != nil {
		return "", "", err
	}
	if strings.Trim(app, ".") == "" {
		return "", "", fmt.Errorf("%q is no application", app)
	}
	return strings.TrimSuffix(base, "/") + "/sandbox/fleet/" + url.PathEscape(app) + "/" + url.PathEscape(k.operation), app, nil
}

// answer is what the sandbox says, good or bad.
type answer struct {
	OK      bool           `json:"ok"`
	Error   string         `json:"error"`
	Message string         `json:"message"`
	Before  map[string]any `json:"before"`
	After   map[string]any `json:"after"`
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	at, app, err := k.target(c.Values)
	if err != nil {
		return action.Result{}, action.Failed(err.Error(), nil)
	}
	token := k.deps.SandboxToken
	k.deps.Secrets.Keep(token)
	if k.token != "" {
		if token, err = k.deps.Secrets.Reveal(k.token); err != nil {
			return action.Result{}, err
		}
	}
	got, err := outbound.Do(ctx, k.deps.Transport, k.at.Inside(), outbound.Request{Method: http.MethodPost, URL: at, Header: http.Header{
		"Authorization": {"Bearer " + token}, "Idempotency-Key": {c.RunID}, "Accept": {"application/json"}}})
	if err != nil {
		return action.Result{}, err
	}
	var a answer
	_ = json.Unmarshal(got.Body, &a) // a stranger's answer has nothing to add
	said := a.Message
	if said == "" {
		said = a.Error
	}
	if err := outbound.Judge("the sandbox", got, shorten(said)); err != nil {
		return action.Result{}, err
	}
	if !a.OK {
		return action.Result{}, action.Failed("the answer is not the sandbox's", nil)
	}
	text := fmt.Sprintf("%s of %s done", k.operation, app)
	if d := differences(a.Before, a.After); d != "" {
		text += ": " + d
	}
	return action.Result{Text: text}, nil
}

// differences names up to three things that changed, the most telling kinds of
// values only.
func differences(before, after map[string]any) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		b, a := value(before[name]), value(after[name])
		if b != "" && a != "" && a != b && len(out) < 3 {
			out = append(out, strings.ReplaceAll(name, "_", " ")+" "+b+" → "+a)
		}
	}
	return strings.Join(out, ", ")
}

// value returns a number, a list of numbers or a word as people read it, or "".
func value(v any) string {
	switch x := v.(type) {
	case float64:
		return fmt.Sprintf("%.4g", x)
	case string:
		return shorten(x)
	case []any:
		var all []string
		for _, e := range x {
			n, ok := e.(float64)
			if !ok || len(all) == 8 {
				return ""
			}
			all = append(all, fmt.Sprintf("%.4g", n))
		}
		return strings.Join(all, "/")
	}
	return ""
}

func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
