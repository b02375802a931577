package actiontest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// Secret is what every secret stands for in [Run]; a kind must never say it.
const Secret = "s3cr3t/with+odd=chars"

// World is the far side of one kind.
type World struct {
	// Transport answers the kind's requests.
	Transport http.RoundTripper
	// Effects returns how many effects there were.
	Effects func() int
}

// Case is one kind to be tested.
type Case struct {
	New action.Maker
	// Block is its YAML block, as the content of `block:`.
	Block string
	// World returns a new far side.
	World func() World
	// Absolute: doing it twice is the same as doing it once, so the far side
	// needs no token.
	Absolute bool
	// Open: it uses no secret.
	Open bool
}

// Run checks what every kind must satisfy.
func Run(t *testing.T, c Case) {
	t.Helper()
	tests := map[string]func(*testing.T, Case){
		"a good call has one effect and says what came of it":        good,
		"plan and dry run have no effect":                            dry,
		"a repeat with the same run id has no second effect":         repeat,
		"a call ends with its context, and says it does not know":    hangs,
		"what cannot be reached is not done":                         unreachable,
		"what breaks off after it was sent is unknown":               breaksOff,
		"a secret is in no result and no error":                      secrets,
		"a secret that cannot be had fails before anything happens":  noSecret,
		"a redirect is not followed":                                 redirect,
		"nonsense for an answer is an error":                         nonsense,
		"a missing value is an error of the plan and not of the run": missing,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, c) })
		})
	}
}

// set is a kind set up with a world.
type set struct {
	kind  action.Kind
	vault *action.Vault
	world World
	via   *via
	again bool
}

func newSet(t *testing.T, c Case) *set {
	t.Helper()
	s := &set{world: c.World(), vault: action.NewVault(func(string) (string, error) { return Secret, nil })}
	s.via = &via{next: s.world.Transport}
	s.kind = Make(t, c.New, c.Block, action.Deps{Secrets: s.vault, SandboxToken: Secret, Accounts: Accounts(s.via),
		Transport: func(action.Guard) http.RoundTripper { return s.via }})
	return s
}

// Make returns the kind for a block, which must be right.
func Make(t testing.TB, maker action.Maker, block string, d action.Deps) action.Kind {
	t.Helper()
	doc, problems := node.Parse("case.yaml", []byte("block:\n  "+strings.ReplaceAll(strings.TrimSpace(block), "\n", "\n  ")+"\n"))
	m := doc.Map("block")
	k := maker(m, d)
	m.Done()
	for _, p := range problems.List {
		t.Fatal(p)
	}
	return k
}

// patience is how long a kind may take in [Run].
const patience = 10 * time.Minute

// Call returns the call that the blocks of cases are filled from.
func Call(id string) action.Call {
	return action.Call{RunID: id, Action: "test", Values: fill.Values{
		fill.Labels: {"service": "checkout", "instance": "checkout-1"},
		fill.Parameters: {"service": "checkout", "account": "shop", "region": "eu-west-1", "instance_id": "i-0ba7c4e9d1f2a3b40", "instance_ids": "i-0ba7c4e9d1f2a3b40",
			"group": "web", "capacity": "+1", "database": "reports-old", "cluster": "shop", "count": "3", "function": "parley-thumbnails", "lose_address": "no"},
		fill.Settings: {"sandbox_url": "http://sandbox:8080", "base": "https://example.com"},
		fill.Incident: {"id": "inc-1", "policy": "heap-leak", "severity": "critical", "summary": "heap is full"},
		fill.Run:      {"id": id}, fill.Actor: {"name": "ann"},
	}}
}

func (s *set) run(t *testing.T, id string) (action.Result, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := Call(id)
	c.Again = s.again
	return action.Do(ctx, s.kind, s.vault, c)
}

func good(t *testing.T, c Case) {
	s := newSet(t, c)
	r, err := s.run(t, "run-1")
	if err != nil || r.Text == "" || s.world.Effects() != 1 {
		t.Errorf("got %q, %v and %d effects; want words, no error, one effect", r.Text, err, s.world.Effects())
	}
}

func dry(t *testing.T, c Case) {
	s := newSet(t, c)
	plan, err := s.kind.Plan(Call("run-1").Values)
	if err != nil || plan == "" {
		t.Errorf("plan %q, %v", plan, err)
	}
	if s.via.sent != 0 {
		t.Errorf("planning sent %d requests", s.via.sent)
	}
	if _, err := action.Look(t.Context(), s.kind, s.vault, Call("run-1")); err != nil {
		t.Errorf("dry run: %v", err)
	}
	if s.world.Effects() != 0 {
		t.Errorf("%d effects without a run", s.world.Effects())
	}
}

func repeat(t *testing.T, c Case) {
	s := newSet(t, c)
	if !action.HasToken(s.kind) {
		t.Skip("it has no token, and is never repeated")
	}
	for n := range 3 {
		s.again = n > 0
		if _, err := s.run(t, "run-1"); err != nil {
			t.Fatal(err)
		}
	}
	if !c.Absolute && s.world.Effects() != 1 {
		t.Errorf("%d effects of one run id, want 1", s.world.Effects())
	}
}

func hangs(t *testing.T, c Case) {
	s := newSet(t, c)
	s.via.do = func(r *http.Request) (*http.Response, error) {
		if _, has := r.Context().Deadline(); !has {
			t.Error("a request without a deadline")
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	began := time.Now()
	_, err := s.run(t, "run-1")
	if took := time.Since(began); took > patience {
		t.Errorf("took %v with a timeout of %v", took, patience)
	}
	// Not done is as good, for a kind that looks before it acts.
	if err == nil || action.OutcomeOf(err) == action.OutcomeFailed {
		t.Errorf("got %v, want unknown or not done", err)
	}
}

func unreachable(t *testing.T, c Case) {
	s := newSet(t, c)
	s.via.do = func(*http.Request) (*http.Response, error) { return nil, DialError() }
	if _, err := s.run(t, "run-1"); action.OutcomeOf(err) != action.OutcomeNotDone || err == nil {
		t.Errorf("got %v, want not done", err)
	}
}

func breaksOff(t *testing.T, c Case) {
	s := newSet(t, c)
	s.via.after = func(r *http.Response) (*http.Response, error) {
		if s.world.Effects() > 0 {
			return nil, errors.New("connection reset by peer")
		}
		return r, nil
	}
	if _, err := s.run(t, "run-1"); err == nil || action.OutcomeOf(err) != action.OutcomeUnknown {
		t.Errorf("got %v, want unknown", err)
	}
}

// secrets lets the far side say back all it was told, in every way.
func secrets(t *testing.T, c Case) {
	if c.Open {
		t.Skip("it uses none")
	}
	for _, status := range []int{200, 302, 400, 401, 403, 404, 409, 429, 500, 502, 503} {
		s := newSet(t, c)
		s.via.do = func(r *http.Request) (*http.Response, error) {
			told := r.Header.Get("Authorization") + " " + Secret
			return Answer(status, `[{"status":500,"error":"`+told+`","message":"`+told+`"}]`), nil
		}
		never(t, s, status)
		s = newSet(t, c)
		s.via.do = func(r *http.Request) (*http.Response, error) {
			return Answer(status, `{"ok":true,"message":"`+r.Header.Get("Authorization")+" "+Secret+`","error":"x"}`), nil
		}
		never(t, s, status)
		s = newSet(t, c)
		s.via.do = func(r *http.Request) (*http.Response, error) { return nil, errors.New("proxy said " + Secret) }
		never(t, s, status)
	}
}

func never(t *testing.T, s *set, status int) {
	t.Helper()
	r, err := s.run(t, "run-1")
	said := r.Text
	if err != nil {
		said += err.Error() + action.TextOf(err)
	}
	plan, _ := s.kind.Plan(Call("run-1").Values)
	for _, text := range []string{said, plan} {
		if strings.Contains(text, Secret) || action.Scrub(text, Secret, "parley:"+Secret) != text {
			t.Errorf("status %d: the secret is in %q", status, text)
		}
	}
}

func noSecret(t *testing.T, c Case) {
	if c.Open {
		t.Skip("it uses none")
	}
	world := c.World()
	vault := action.NewVault(func(ref string) (string, error) { return "", errors.New("no such file") })
	k := Make(t, c.New, c.Block, action.Deps{Secrets: vault, SandboxToken: "", Transport: func(action.Guard) http.RoundTripper { return world.Transport }})
	if _, err := action.Do(t.Context(), k, vault, Call("run-1")); err == nil || world.Effects() != 0 {
		t.Errorf("got %v and %d effects", err, world.Effects())
	}
}

func redirect(t *testing.T, c Case) {
	s := newSet(t, c)
	s.via.do = func(*http.Request) (*http.Response, error) {
		resp := Answer(http.StatusTemporaryRedirect, "")
		resp.Header.Set("Location", "http://169.254.169.254/latest/meta-data/")
		return resp, nil
	}
	_, err := s.run(t, "run-1")
	if err == nil || s.via.sent != 1 || s.world.Effects() != 0 {
		t.Errorf("got %v after %d requests", err, s.via.sent)
	}
}

func nonsense(t *testing.T, c Case) {
	for _, body := range []string{"", "<html>", "null", "[]", "{}", `[{"status":200}]`, strings.Repeat("[", 100000)} {
		s := newSet(t, c)
		s.via.do = func(*http.Request) (*http.Response, error) { return Answer(http.StatusInternalServerError, body), nil }
		if _, err := s.run(t, "run-1"); err == nil {
			t.Errorf("no error for status 500 with %.20q", body)
		}
	}
}

func missing(t *testing.T, c Case) {
	if !strings.Contains(c.Block, "{{") {
		t.Skip("it has no places")
	}
	s := newSet(t, c)
	if plan, err := s.kind.Plan(fill.Values{}); err == nil {
		t.Errorf("planned without values: %q", plan)
	}
	if _, err := action.Do(t.Context(), s.kind, s.vault, action.Call{RunID: "run-1"}); action.OutcomeOf(err) == action.OutcomeUnknown || s.via.sent != 0 {
		t.Errorf("got %v after %d requests", err, s.via.sent)
	}
}
