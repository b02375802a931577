package seal

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var (
	now   = time.Unix(1_795_000_000, 0)
	claim = Claim{Do: "run:stop", Incident: "inc1", Run: "0123abcd", Channel: "C1", Version: 7, Expires: now.Add(time.Hour)}
)

func TestSealed(t *testing.T) {
	t.Parallel()
	k := NewKey()
	v := k.Sign(claim)
	got, err := k.Open(v, "run:stop", "C1", now)
	if err != nil || got != claim {
		t.Fatalf("%+v %v", got, err)
	}
	if n := len(k.Sign(Claim{Incident: strings.Repeat("x", 100), Run: strings.Repeat("y", 100), Version: 1<<32 - 1, Expires: now})); n > 300 {
		t.Errorf("%d bytes", n)
	}
	f := func(what, value, do, channel string, at time.Time, want error) {
		t.Helper()
		if _, err := k.Open(value, do, channel, at); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	f("another button", v, "run:reboot", "C1", now, ErrForged)
	f("another channel", v, "run:stop", "C2", now, ErrForged)
	f("too late", v, "run:stop", "C1", now.Add(time.Hour), ErrExpired)
	f("longer than it was given", strings.Replace(v, ".7.", ".8.", 1), "run:stop", "C1", now, ErrForged)
	f("empty", "", "run:stop", "C1", now, ErrForged)
	f("as before it was signed", "inc1.0123abcd", "run:stop", "C1", now, ErrForged)
	f("another incident", strings.Replace(v, "inc1", "inc2", 1), "run:stop", "C1", now, ErrForged)
	if _, err := NewKey().Open(v, "run:stop", "C1", now); !errors.Is(err, ErrForged) {
		t.Error("another key takes it")
	}
	if _, err := Key(nil).Open(Key(nil).Sign(claim), "run:stop", "C1", now); !errors.Is(err, ErrForged) {
		t.Error("no key takes it")
	}
}

// Nothing but the value itself opens.
func FuzzOpen(f *testing.F) {
	k := NewKey()
	good := k.Sign(claim)
	f.Add(good)
	f.Add("a.b.c.d.e")
	f.Fuzz(func(t *testing.T, value string) {
		if c, err := k.Open(value, "run:stop", "C1", now); err == nil && c != claim {
			t.Errorf("%q opens as %+v", value, c)
		}
	})
}
