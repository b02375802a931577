package rules

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func set(t *testing.T, text string) *policy.Set {
	t.Helper()
	p := policy.Parse("p.yaml", []byte("policies:\n"+text))
	if len(p.Problems) > 0 {
		t.Fatal(p.Problems)
	}
	return policy.NewSet(p.Policies)
}

// Needs are every condition of every enabled policy, and what it is compared
// with.
func TestNeeds(t *testing.T) {
	t.Parallel()
	s := set(t, `
  - name: b
    severity: critical
    scope: {env: prod, region: "~eu-.*", name: "!x", kind: "!~y"}
    when:
      any:
        - {metric: cpu, above: 80, for: 5m}
        - all:
            - {metric: errors, above: {metric: requests, times: 0.1}, for: 90s}
            - {metric: steal, above: {metric: steal, plus: 1}}
  - {name: off, enabled: false, when: {metric: m, above: 1}}
  - {name: a, severity: info, when: {metric: m, equals: 1}}
`)
	scope := []*eventv1.Matcher{
		{Label: "env", Op: eventv1.Matcher_OP_EQUAL, Value: "prod"}, {Label: "region", Op: eventv1.Matcher_OP_REGEXP, Value: "eu-.*"},
		{Label: "name", Op: eventv1.Matcher_OP_NOT_EQUAL, Value: "x"}, {Label: "kind", Op: eventv1.Matcher_OP_NOT_REGEXP, Value: "y"},
	}
	need := func(p, m string, sev eventv1.Severity, hold time.Duration, ms []*eventv1.Matcher) *eventv1.Need {
		return &eventv1.Need{Policy: p, Metric: m, Severity: sev, Hold: durationpb.New(hold), Matchers: ms}
	}
	critical := eventv1.Severity_SEVERITY_CRITICAL
	want := &eventv1.Needs{Digest: s.Digest, Needs: []*eventv1.Need{
		need("a", "m", eventv1.Severity_SEVERITY_INFO, 0, nil),
		need("b", "cpu", critical, 5*time.Minute, scope),
		need("b", "errors", critical, 90*time.Second, scope),
		need("b", "requests", critical, 90*time.Second, scope),
		need("b", "steal", critical, 0, scope),
	}}
	if got := needs(s); !proto.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", protojson.Format(got), protojson.Format(want))
	}
}

// Whatever number of keepers there is, the bucket has the needs of the set in
// force, also when an older one comes back, and quiet times write nothing.
func TestNeedsFollowTheSet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, dir := bustest.New(t), t.TempDir()
		within := filepath.Join(dir, "aws", "ec2")
		hidden := filepath.Join(dir, "aws", "tests")
		for _, d := range []string{within, hidden} {
			if err := os.MkdirAll(d, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()
		var keepers []*Keeper
		for range 3 {
			k := New(b.Conn("evaluator"), bustest.Log(t), "test", []string{dir})
			keepers = append(keepers, k)
			wg.Go(func() { _ = k.Run(ctx) })
		}
		write := func(name, text string) {
			t.Helper()
			if err := os.WriteFile(name, []byte("policies:\n"+text), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
		}
		check := func(text string) bus.Entry[*eventv1.Needs] {
			t.Helper()
			e, err := bus.PolicyNeeds.Get(ctx, b.Conn("collector"), "current")
			if want := needs(set(t, text)); err != nil || !proto.Equal(e.Value, want) {
				t.Fatalf("%v: got %v, want %v", err, e.Value, want)
			}
			return e
		}
		const one, two = "  - {name: a, when: {metric: m, above: 1}}\n", "  - {name: a, when: {metric: n, above: 1, for: 1m}}\n"
		file := filepath.Join(within, "p.yaml")
		write(filepath.Join(hidden, "no.yaml"), "  - {name: b, when: {metric: m, above: 1}}\n")
		write(file, one)
		check(one)
		write(file, two)
		check(two)
		write(file, one)
		e := check(one)
		time.Sleep(10 * time.Minute)
		if again := check(one); again.Revision != e.Revision {
			t.Errorf("written again in ten quiet minutes: %d, then %d", e.Revision, again.Revision)
		}

		// One that is behind leaves the newer needs, until its set is in force.
		cancel()
		wg.Wait()
		behind := New(b.Conn("evaluator"), bustest.Log(t), "test", nil)
		behind.put(Current{set(t, two), 1})
		if err := behind.announce(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx = t.Context()
		check(one)
		cur, _ := keepers[0].Current()
		if err := behind.Raise(ctx, set(t, two).Digest, cur.Revision); err != nil {
			t.Fatal(err)
		}
		if err := behind.announce(ctx); err != nil {
			t.Fatal(err)
		}
		check(two)
	})
}
