package world

import (
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// Function is a Lambda function.
type Function struct {
	Name, Runtime string
	MemoryMiB     int
	Timeout       time.Duration
	Created       time.Time
	Tags          map[string]string
	Fails         bool // every invocation ends in a FunctionError
	Invoked       int  // by Invoke, since the world began

	drains string // the queue that an invocation empties
	at     []int64
}

// ARN is the function's in its place.
func (f *Function) ARN(k Key) string {
	return "arn:aws:lambda:" + k.Region + ":" + k.Account + ":function:" + f.Name
}

// Functions returns the Lambda functions.
func (w *World) Functions(k Key) []Function {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return copies(p.functions)
	}
	return nil
}

// Invoke runs a function once. The error is ResourceNotFoundException.
func (w *World) Invoke(k Key, name string) (Function, error) {
	f, err := do[*Function](w, Act{Key: k, Op: "invoke", IDs: []string{name}})
	if err != nil {
		return Function{}, err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	return *f, nil
}

func invoked(_ *World, p *place, a Act) (any, error) {
	for _, f := range p.functions {
		if f.Name != a.IDs[0] {
			continue
		}
		f.Invoked++
		f.at = append(f.at, a.At/1000)
		if len(f.at) > 1000 {
			f.at = f.at[1:]
		}
		if t := p.thing(f.drains); t != nil {
			t.eased = append(t.eased, a.At/1000)
		}
		return f, nil
	}
	return nil, &wire.Error{Code: "ResourceNotFoundException", Status: 404,
		Message: "Function not found: arn:aws:lambda:" + p.Region + ":" + p.Account + ":function:" + a.IDs[0]}
}

// addFunction adds a function that is called so often a minute at a peak; errs says
// that a quarter of the calls fails for twelve minutes, every three hours.
func (p *place) addFunction(w *World, f *Function, peak float64, errs bool) {
	p.functions = append(p.functions, f)
	calls := func(at int64) float64 {
		n := peak * w.traffic(at)
		for _, t := range f.at {
			if t >= at && t < at+minute {
				n++
			}
		}
		return n
	}
	failing := func(at int64) float64 {
		switch {
		case f.Fails:
			return 1
		case errs && within(at, 3*hour, 20*minute, 12*minute):
			return 0.25
		}
		return 0.0005
	}
	lambda := func(unit, name string, gen generator) {
		p.measure(nil, minute, unit, gen, "AWS/Lambda", name, "FunctionName", f.Name)
	}
	// Lambda has a sample for every call: 1 for an error, 0 for none. No calls, no point.
	of := func(share shape) generator {
		return func(at int64, dice uint64) (point, bool) {
			n := float64(int64(calls(at) + unit(mix(dice))))
			if n == 0 {
				return point{}, false
			}
			v := min(n, float64(int64(n*share(at)+unit(dice))))
			p := point{n, v, 0, 0}
			if v > 0 {
				p.max = 1
			}
			if v == n {
				p.min = 1
			}
			return p, true
		}
	}
	mean := float64(f.Timeout.Milliseconds()) * 0.04
	lambda("Count", "Invocations", of(steady(1)))
	lambda("Count", "Errors", of(failing))
	lambda("Count", "Throttles", of(steady(0)))
	lambda("Count", "DeadLetterErrors", of(steady(0)))
	lambda("Count", "AsyncEventsDropped", of(steady(0)))
	lambda("Milliseconds", "Duration", latency(calls, func(at int64) float64 { return mean * (1 + failing(at)) }))
	lambda("Count", "ConcurrentExecutions", func(at int64, dice uint64) (point, bool) {
		if n := calls(at); n >= 1 {
			return one(float64(1 + int64(around(n*mean/60e3, dice, 0.3)))), true
		}
		return point{}, false
	})
}
