package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
	"github.com/parley-ops/parley/services/actioner/internal/outbound"
)

type kind struct {
	deps       action.Deps
	at         outbound.Address
	method     string
	headers    map[string]fill.Template
	body       *fill.Tree // nil for the run's facts
	secret     string
	idempotent bool
}

// reserved headers are this package's or the connection's.
var reserved = map[string]bool{"Host": true, "Content-Length": true, "Content-Type": true, "Transfer-Encoding": true, "Connection": true,
	"Authorization": true, "Cookie": true, "Idempotency-Key": true, "X-Idempotency-Key": true, "X-Parley-Timestamp": true, "X-Parley-Signature": true}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	k := &kind{deps: d, at: outbound.ReadAddress(m, ""), method: m.OneOf("method", "POST", "PUT", "PATCH", "DELETE"),
		headers: map[string]fill.Template{}, secret: m.Required("secret"), idempotent: m.Bool("idempotent")}
	if k.secret != "" {
		if err := action.CheckSecret(k.secret); err != nil {
			m.FailAt("secret", "%v", err)
		}
	}
	if h := m.Map("headers"); h != nil {
		for _, name := range h.Keys() {
			t, err := fill.Parse(h.Text(name))
			if err == nil {
				err = checkHeader(name)
			}
			if err != nil {
				h.FailAt(name, "%v", err)
			}
			k.headers[textproto.CanonicalMIMEHeaderKey(name)] = t
		}
	}
	var err error
	if k.body, err = fill.ParseTree(m.Tree("body")); err != nil {
		m.FailAt("body", "%v", err)
	}
	return k
}

func checkHeader(name string) error {
	if reserved[textproto.CanonicalMIMEHeaderKey(name)] {
		return errors.New("this header is not the action's to set")
	}
	for _, r := range name {
		if r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return errors.New("a header's name has letters, digits and - only")
		}
	}
	return nil
}

// HasToken: if the other side heeds Idempotency-Key.
func (k *kind) HasToken() bool { return k.idempotent }

func (k *kind) Plan(v fill.Values) (string, error) {
	r, err := k.request(v, action.Call{RunID: "plan", Values: v})
	if err != nil {
		return "", err
	}
	text := k.method + " " + r.URL
	if k.body != nil && len(r.Body) <= 2000 {
		text += " " + string(r.Body)
	}
	return text, nil
}

// request returns the request without what changes from try to try.
func (k *kind) request(v fill.Values, c action.Call) (outbound.Request, error) {
	at, err := k.at.URL(v)
	if err != nil {
		return outbound.Request{}, err
	}
	r := outbound.Request{Method: k.method, URL: at, Header: http.Header{
		"Content-Type": {"application/json"}, "Idempotency-Key": {c.RunID}, "User-Agent": {"Parley-Actioner"}}}
	for name, t := range k.headers {
		value, err := t.Fill(v, nil)
		if err != nil {
			return outbound.Request{}, fmt.Errorf("header %s: %w", name, err)
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return outbound.Request{}, fmt.Errorf("header %s: a value with a control character", name)
		}
		r.Header.Set(name, value)
	}
	var body any
	if k.body == nil {
		body = map[string]any{"run_id": c.RunID, "action": c.Action, "parameters": v[fill.Parameters], "labels": v[fill.Labels],
			"incident": v[fill.Incident], "actor": v[fill.Actor]["name"]}
	} else if body, err = k.body.Fill(v); err != nil {
		return outbound.Request{}, fmt.Errorf("body: %w", err)
	}
	if r.Body, err = json.Marshal(body); err != nil {
		return outbound.Request{}, fmt.Errorf("body: %w", err)
	}
	return r, nil
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	r, err := k.request(c.Values, c)
	if err != nil {
		return action.Result{}, action.Failed(err.Error(), nil)
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return action.Result{}, action.Failed("the url cannot be read", nil)
	}
	secret, err := k.deps.Secrets.Reveal(k.secret)
	if err != nil {
		return action.Result{}, err
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("X-Parley-Timestamp", timestamp)
	r.Header.Set("X-Parley-Signature", Sign(secret, timestamp, r.Body))
	a, err := outbound.Do(ctx, k.deps.Transport, k.at.Public(), r)
	if err != nil {
		return action.Result{}, err
	}
	said := words(a.Body)
	if err := outbound.Judge(u.Host, a, said); err != nil {
		return action.Result{}, err
	}
	text := fmt.Sprintf("%s answered %d", u.Host, a.Status)
	if said != "" {
		text += ": " + said
	}
	return action.Result{Text: text}, nil
}

// words returns the one line of an answer that people can read, or "".
func words(body []byte) string {
	var m map[string]any
	text := ""
	if json.Unmarshal(body, &m) == nil {
		for _, name := range []string{"message", "result", "detail", "error"} {
			if s, ok := m[name].(string); ok && s != "" {
				text = s
				break
			}
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return text
}
