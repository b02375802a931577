package awskit

import (
	"testing"

	"github.com/parley-ops/parley/services/actioner/internal/action"
)

func TestAmounts(t *testing.T) {
	t.Parallel()
	f := func(text string, now, want int) {
		t.Helper()
		a, err := ParseAmount(text)
		if err != nil || a.Of(now) != want {
			t.Errorf("%s of %d: got %d, %v, want %d", text, now, a.Of(now), err, want)
		}
	}
	f("4", 9, 4)
	f("0", 9, 0)
	f("+2", 9, 11)
	f("-20", 9, 0)
	f("+20%", 10, 12)
	f("+1%", 10, 11)
	f("-1%", 10, 9)
	f("-50%", 5, 3)
	f("-100%", 5, 0)
	for _, text := range []string{"", "+", "20%", "1.5", "++1", "99999999999999999999", "-", "%", "1 "} {
		if a, err := ParseAmount(text); err == nil {
			t.Errorf("%q became %+v", text, a)
		}
	}
}

func FuzzParseAmount(f *testing.F) {
	f.Add("+20%", 5)
	f.Fuzz(func(t *testing.T, text string, now int) {
		a, err := ParseAmount(text)
		if now %= 100000; err == nil && now >= 0 && a.Of(now) < 0 {
			t.Errorf("%s of %d is %d", text, now, a.Of(now))
		}
	})
}

func TestBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		most, percent, now, want int
		ok                       bool
	}{{0, 0, 1, 100, true}, {3, 0, 5, 8, true}, {3, 0, 5, 1, false}, {0, 20, 3, 4, true}, {0, 20, 10, 12, true}, {0, 20, 10, 7, false}} {
		if err := Bounded(action.Call{Most: c.most, Percent: c.percent}, "x", "tasks", c.now, c.want); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
