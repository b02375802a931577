package jvmgc

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
	"github.com/parley-ops/parley/services/actioner/internal/outbound"
	"github.com/parley-ops/parley/services/internal/unit"
)

type kind struct {
	deps           action.Deps
	at             outbound.Address
	gcRun          bool
	user, password string // password: a reference
}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	k := &kind{deps: d, at: outbound.ReadAddress(m, ""), user: m.Text("user"), password: m.Text("password")}
	k.gcRun = m.OneOf("operation", "gc", "gcRun") == "gcRun"
	if (k.user == "") != (k.password == "") {
		m.Fail("user and password belong together")
	}
	if k.password != "" {
		if err := action.CheckSecret(k.password); err != nil {
			m.FailAt("password", "%v", err)
		}
	}
	return k
}

// HasToken: collecting twice is the same as collecting once.
func (k *kind) HasToken() bool { return true }

func (k *kind) operation() (mbean, name string) {
	if k.gcRun {
		return "com.sun.management:type=DiagnosticCommand", "gcRun"
	}
	return "java.lang:type=Memory", "gc"
}

func (k *kind) Plan(v fill.Values) (string, error) {
	at, err := k.at.URL(v)
	if err != nil {
		return "", err
	}
	mbean, name := k.operation()
	return fmt.Sprintf("Ask the JVM at %s to collect its garbage (%s, %s)", at, mbean, name), nil
}

// DryRun reads the heap and touches nothing.
func (k *kind) DryRun(ctx context.Context, c action.Call) (action.Result, error) {
	now, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{Text: fmt.Sprintf("its heap is at %s now", unit.Format(now.heap, "%"))}, nil
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	before, err := k.look(ctx, c)
	if err != nil {
		// Nothing was asked for yet.
		return action.Result{}, action.NotDone(action.TextOf(err), errors.Unwrap(err))
	}
	mbean, name := k.operation()
	body, err := k.post(ctx, c, []request{{Type: "exec", MBean: mbean, Operation: name}})
	if err != nil {
		return action.Result{}, err
	}
	if err := parseExec(body); err != nil {
		return action.Result{}, action.Failed(err.Error(), nil)
	}
	after, err := k.look(ctx, c)
	if err != nil {
		return action.Result{Text: "collected; what came of it could not be read: " + action.TextOf(err)}, nil
	}
	if after.collections <= before.collections {
		if after.ignores {
			return action.Result{}, action.Failed("no effect: explicit collections are switched off (-XX:+DisableExplicitGC)", nil)
		}
		return action.Result{}, action.Failed("no effect: the JVM was asked and did not collect", nil)
	}
	return action.Result{Text: words(before, after)}, nil
}

func words(before, after state) string {
	n := after.collections - before.collections
	s := "s"
	if n == 1 {
		s = ""
	}
	return fmt.Sprintf("heap %s → %s, %d collection%s", unit.Format(before.heap, "%"), unit.Format(after.heap, "%"), n, s)
}

// look reads heap, collections and, where it may, the JVM's arguments.
func (k *kind) look(ctx context.Context, c action.Call) (state, error) {
	body, err := k.post(ctx, c, []request{
		{Type: "read", MBean: "java.lang:type=Memory", Attribute: "HeapMemoryUsage"},
		{Type: "read", MBean: "java.lang:type=GarbageCollector,name=*", Attribute: "CollectionCount"},
		{Type: "read", MBean: "java.lang:type=Runtime", Attribute: "InputArguments"},
	})
	if err != nil {
		return state{}, err
	}
	s, err := parseState(body)
	if err != nil {
		return state{}, action.Failed(err.Error(), nil)
	}
	return s, nil
}

func (k *kind) post(ctx context.Context, c action.Call, bulk []request) ([]byte, error) {
	at, err := k.at.URL(c.Values)
	if err != nil {
		return nil, action.Failed(err.Error(), nil)
	}
	header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	if k.user != "" {
		password, err := k.deps.Secrets.Reveal(k.password)
		if err != nil {
			return nil, err
		}
		k.deps.Secrets.Keep(k.user + ":" + password)
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(k.user+":"+password)))
	}
	a, err := outbound.Do(ctx, k.deps.Transport, k.at.Inside(), outbound.Request{Method: http.MethodPost, URL: at, Header: header, Body: encode(bulk)})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(at)
	if err != nil {
		return nil, action.Failed("the url cannot be read", nil)
	}
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, action.Failed(fmt.Sprintf("Jolokia at %s does not let us in (HTTP %d); see user and password", u.Host, a.Status), nil)
	case http.StatusNotFound:
		return nil, action.Failed(fmt.Sprintf("there is no Jolokia at %s (HTTP 404); is the JVM up?", at), nil)
	}
	if err := outbound.Judge("Jolokia at "+u.Host, a, ""); err != nil {
		return nil, err
	}
	return a.Body, nil
}
