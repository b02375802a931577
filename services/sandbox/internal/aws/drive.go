package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// drive adds the paths that are not AWS's: JSON in, JSON out.
func (a *Account) drive(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/meter", func(rw http.ResponseWriter, _ *http.Request) { say(rw, a.meter.Report()) })
	mux.HandleFunc("DELETE /sandbox/meter", func(rw http.ResponseWriter, _ *http.Request) {
		a.meter.Reset()
		say(rw, a.meter.Report())
	})
	mux.HandleFunc("GET /sandbox/clock", func(rw http.ResponseWriter, _ *http.Request) { say(rw, a.world.Clock()) })
	mux.HandleFunc("PUT /sandbox/clock", a.putClock)
	mux.HandleFunc("DELETE /sandbox/clock", func(rw http.ResponseWriter, _ *http.Request) {
		a.world.RealTime()
		say(rw, a.world.Clock())
	})
	mux.HandleFunc("GET /sandbox/aws", func(rw http.ResponseWriter, _ *http.Request) { say(rw, a.settings()) })
	mux.HandleFunc("PUT /sandbox/aws", a.putSettings)
	mux.HandleFunc("DELETE /sandbox/aws", func(rw http.ResponseWriter, _ *http.Request) {
		if err := a.set(a.defaults); err != nil {
			refuse(rw, err)
			return
		}
		say(rw, a.settings())
	})
	mux.HandleFunc("POST /sandbox/aws/faults", a.postFault)
	mux.HandleFunc("GET /sandbox/aws/calls", func(rw http.ResponseWriter, r *http.Request) {
		list, err := a.calls.since(r.URL.Query().Get("since"))
		if err != nil {
			refuse(rw, err)
			return
		}
		say(rw, map[string]any{"calls": list})
	})
	mux.HandleFunc("GET /sandbox/aws/resources", a.getResources)
	mux.HandleFunc("/sandbox/", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusNotFound)
		say(rw, map[string]string{"error": "there is no " + r.Method + " " + r.URL.Path + " in the local account"})
	})
}

// putClock sets those of now, speed and frozen that are given, and moves on by advance.
func (a *Account) putClock(rw http.ResponseWriter, r *http.Request) {
	clock := struct {
		world.Clock
		Advance Duration `json:"advance"`
	}{Clock: world.Clock{Frozen: a.world.Clock().Frozen}} // the zero value of the others leaves them
	if err := read(r, &clock); err != nil {
		refuse(rw, err)
		return
	}
	if clock.Advance != 0 {
		if clock.Now.IsZero() {
			clock.Now = a.world.Now()
		}
		clock.Now = clock.Now.Add(time.Duration(clock.Advance))
	}
	if err := a.world.SetClock(clock.Clock); err != nil {
		refuse(rw, err)
		return
	}
	say(rw, a.world.Clock())
}

// putSettings changes those switches that are given.
func (a *Account) putSettings(rw http.ResponseWriter, r *http.Request) {
	s := a.settings()
	old := s
	s.Links, s.Delivery, s.Faults = nil, nil, nil // what is given replaces, and is not merged into, what there was
	if err := read(r, &s); err != nil {
		refuse(rw, err)
		return
	}
	if s.Links == nil {
		s.Links = old.Links
	}
	if s.Delivery == nil {
		s.Delivery = old.Delivery
	}
	if s.Faults == nil {
		s.Faults = old.Faults
	}
	if err := a.set(s); err != nil {
		refuse(rw, err)
		return
	}
	say(rw, a.settings())
}

func (a *Account) postFault(rw http.ResponseWriter, r *http.Request) {
	var f Fault
	err := read(r, &f)
	if err == nil {
		err = f.validate()
	}
	if err == nil && !a.faults.add(f) {
		err = errors.New("there are 100 faults already; DELETE /sandbox/aws takes them away")
	}
	if err != nil {
		refuse(rw, err)
		return
	}
	say(rw, a.settings())
}

const maxDrive = 1 << 16 // bytes of a body

// read decodes a body; unknown members are errors.
func read(r *http.Request, into any) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxDrive))
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func say(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(rw)
	e.SetIndent("", "  ")
	_ = e.Encode(v)
}

func refuse(rw http.ResponseWriter, err error) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(http.StatusBadRequest)
	say(rw, map[string]string{"error": err.Error()})
}
