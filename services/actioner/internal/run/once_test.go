package run

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	done      = eventv1.RunState_RUN_STATE_DONE
	failed    = eventv1.RunState_RUN_STATE_FAILED
	unknown   = eventv1.RunState_RUN_STATE_UNKNOWN
	refused   = eventv1.RunState_RUN_STATE_REFUSED
	rejected  = eventv1.RunState_RUN_STATE_REJECTED
	expired   = eventv1.RunState_RUN_STATE_EXPIRED
	awaiting  = eventv1.RunState_RUN_STATE_AWAITING_APPROVAL
	started   = eventv1.RunState_RUN_STATE_STARTED
	patiently = 10 * time.Minute
)

// A request that comes three times under different message ids, and an
// executor that is killed at each boundary of its steps, with two more beside
// it: with a token exactly one effect; without one, or a visible unknown.
func TestKilledAtEachBoundary(t *testing.T) {
	t.Parallel()
	for _, point := range []string{pointReserved, pointRecorded, pointAudited, pointPublished, pointMarked, pointEffect, pointResult, pointSettled} {
		for _, action := range []string{"token", "plain"} {
			t.Run(action+" "+point, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newBed(t)
					var once sync.Once
					kill := func(at string) (die bool) {
						if at == point {
							once.Do(func() { die = true })
						}
						return die
					}
					s.with(3, kill, func() {
						for range 3 {
							s.request("run-1", action)
						}
						time.Sleep(patiently)
					})
					want, effects := done, 1
					if action == "plain" && (point == pointMarked || point == pointEffect) {
						want = unknown
					}
					if want == unknown && point == pointMarked {
						effects = 0
					}
					run := s.want("run-1", want)
					if s.fleet.Effects() != effects {
						t.Errorf("%d effects, want %d", s.fleet.Effects(), effects)
					}
					if want == unknown && !strings.Contains(run.GetResult(), "may or may not have happened") {
						t.Errorf("people are told %q", run.GetResult())
					}
					if a := s.audited("run-1"); a[0] != "started" || a[len(a)-1] != "verified" && want == done {
						t.Errorf("audit %v", a)
					}
				})
			})
		}
	}
}

var (
	mostDeaths = flag.Int("deaths", 150, "how many executors die in TestManyDeaths")
	deathSeed  = flag.Uint64("seed", 7, "seed of TestManyDeaths")
)

// Many runs, each asked for three times, with executors that die at random.
func TestManyDeaths(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		n := max(60, *mostDeaths*2/5)
		effects := map[string]int{}
		var mu sync.Mutex
		s.fleet.Check = func(r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			effects[r.Header.Get("Idempotency-Key")]++
		}
		random, deaths := rand.New(rand.NewPCG(*deathSeed, 11)), 0
		kill := func(string) bool {
			mu.Lock()
			defer mu.Unlock()
			die := deaths < *mostDeaths && random.IntN(14) == 0
			if die {
				deaths++
			}
			return die
		}
		s.with(4, kill, func() {
			for range 3 {
				for i := range n {
					s.request(fmt.Sprintf("run-%d", i), []string{"token", "plain"}[i%2])
				}
			}
			time.Sleep(time.Hour)
		})
		unknowns := 0
		for i := range n {
			id := fmt.Sprintf("run-%d", i)
			run := s.run(id)
			switch {
			case i%2 == 0:
				s.want(id, done) // the far side makes one effect of the calls with one token
			case run.GetState() == unknown:
				unknowns++
				s.want(id, unknown)
			default:
				s.want(id, done)
			}
			if i%2 == 1 && effects[id] > 1 {
				t.Errorf("%s: called %d times without a token", id, effects[id])
			}
			if run.GetState() == done && effects[id] == 0 {
				t.Errorf("%s: done without a call", id)
			}
		}
		if s.fleet.Effects() > n {
			t.Errorf("%d effects of %d runs", s.fleet.Effects(), n)
		}
		t.Logf("%d deaths, %d calls, %d effects, %d of %d without a token unknown", deaths, s.fleet.Calls(), s.fleet.Effects(), unknowns, n/2)
		if deaths < *mostDeaths/3 {
			t.Errorf("only %d deaths: the test tests nothing", deaths)
		}
	})
}

// The record and the audit are there before the effect is.
func TestAuditBeforeEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		var before []string
		var state eventv1.RunState
		s.fleet.Check = func(*http.Request) { before, state = s.audited("run-1"), s.run("run-1").GetState() }
		s.with(1, nil, func() {
			s.request("run-1", "plain")
			time.Sleep(time.Second)
		})
		s.want("run-1", done)
		if !slices.Equal(before, []string{"started"}) || state != started {
			t.Errorf("when it was called, the audit had %v and the run was %v", before, state)
		}
		if got := s.audited("run-1"); !slices.Equal(got, []string{"started", "done"}) {
			t.Errorf("audit %v", got)
		}
	})
}

// An audit that takes nothing more stops actions, and people are told.
func TestAnActionThatCannotBeAuditedIsNotRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		stream, err := s.reader.JetStream().Stream(t.Context(), bus.AuditLog.Name)
		if err != nil {
			t.Fatal(err)
		}
		cfg := stream.CachedInfo().Config
		cfg.MaxBytes = 1
		if _, err := s.reader.JetStream().UpdateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		s.with(1, nil, func() {
			s.request("run-1", "token")
			time.Sleep(patiently)
		})
		run := s.run("run-1")
		told := s.messages(bus.RunsLog, "runs.v1.run-1")
		if run.GetState() != refused || len(told) != 1 {
			t.Errorf("%v, told %d times", run.GetState(), len(told))
		}
		if s.fleet.Calls() != 0 || !strings.Contains(run.GetResult(), "could not be written to the audit") {
			t.Errorf("%d calls; people are told %q", s.fleet.Calls(), run.GetResult())
		}
	})
}

// A call that takes longer than a lease keeps it; nobody takes the run over.
func TestALongCallKeepsItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.fleet.Hold = func(*http.Request) { time.Sleep(100 * time.Second) }
		s.with(3, nil, func() {
			for range 3 {
				s.request("run-1", "long")
			}
			time.Sleep(patiently)
		})
		run := s.want("run-1", done)
		if s.fleet.Calls() != 1 || run.GetFinishedAt().AsTime().Sub(run.GetStartedAt().AsTime()) < 100*time.Second {
			t.Errorf("%d calls, %v to %v", s.fleet.Calls(), run.GetStartedAt().AsTime(), run.GetFinishedAt().AsTime())
		}
	})
}

// A call that is never answered is cut off; without a token it is unknown,
// with one it is made again.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]eventv1.RunState{"plain": unknown, "token": done} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBed(t)
				s.fleet.Broken = func(n int) error {
					if n == 1 {
						return errors.New("connection reset by peer")
					}
					return nil
				}
				s.with(2, nil, func() {
					s.request("run-1", action)
					time.Sleep(time.Minute)
				})
				s.want("run-1", want)
				if s.fleet.Effects() != 1 {
					t.Errorf("%d effects", s.fleet.Effects())
				}
			})
		})
	}
}
