package chattest

import (
	"errors"
	"net/http"
	"testing"
)

// failing notes whether the test would have failed.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Errorf(string, ...any) { f.failed = true }

func TestLogFindsSecrets(t *testing.T) {
	t.Parallel()
	f := func(want bool, log func(*failing)) {
		t.Helper()
		w := &failing{TB: t}
		if log(w); w.failed != want {
			t.Errorf("failed %t, want %t", w.failed, want)
		}
	}
	f(false, func(w *failing) { Log(w, Secret).Error("posted", "channel", "#ops") })
	f(true, func(w *failing) { Log(w, Secret).Debug("posted", "token", "xoxb-"+Secret) })
	f(true, func(w *failing) { Log(w, Secret).Info("to " + Secret) })
	f(true, func(w *failing) { Log(w, Secret).With("err", errors.New("bad "+Secret)).Warn("failed") })
	f(true, func(w *failing) {
		Log(w, Secret).WithGroup("x").Debug("request", "header", http.Header{"Authorization": {"Bearer " + Secret}})
	})
}
