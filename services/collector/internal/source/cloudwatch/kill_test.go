package cloudwatch

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestKilled kills the collector at every step of a round, the fifth, and lets
// another take over: nothing is lost, and nothing is in the log twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, at := range []struct {
		step string
		nth  int // of the steps with this name
	}{{"asked", 5}, {"object stored", 5}, {"committed", 5}, {"published", 34}, {"published", 37}, {"published", 43}, {"finished", 5}, {"asked", 1}, {"committed", 1}, {"published", 1}} {
		t.Run(fmt.Sprintf("%s %d", at.step, at.nth), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.aws.instances("", awsStatus, 20)
				r.needs("a", need("down", status, critical, 2*time.Minute))
				var mu sync.Mutex
				n, killed := 0, time.Time{}
				r.start("one", nil, func(c *collector, step string) {
					mu.Lock()
					defer mu.Unlock()
					if strings.HasPrefix(step, at.step) {
						if n++; n == at.nth {
							killed = time.Now()
							c.kill()
						}
					}
				})
				time.Sleep(10*time.Minute + 7*time.Second)
				mu.Lock()
				if killed.IsZero() {
					t.Fatalf("only %d times %q", n, at.step)
				}
				if n > at.nth && at.step != "published" {
					t.Fatalf("it lives on: %d times %q", n, at.step)
				}
				mu.Unlock()
				r.start("two", nil, nil)
				time.Sleep(20 * time.Minute)
				if buckets := r.complete(r.stored(), status, awsStatus, 20); buckets < 30 {
					t.Errorf("%d buckets", buckets)
				}
			})
		})
	}
}

// TestAway: after an hour in which nothing was read, because no collector or no
// bus was there, the hour is read; after a day, as much as [Config] CatchUp says.
// Every bucket is in the log once.
func TestAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 2)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		r.start("one", nil, nil).kill()
		c := r.start("two", nil, nil)
		time.Sleep(20 * time.Minute)
		c.kill()
		time.Sleep(time.Hour)
		before := len(r.aws.made("GetMetricData"))
		r.start("three", nil, nil)
		time.Sleep(5 * time.Minute)
		if n := r.complete(r.stored(), status, awsStatus, 2); n < 90 {
			t.Errorf("%d buckets in an hour and a half", n)
		}
		if n := len(r.aws.made("GetMetricData")) - before; n > 8 {
			t.Errorf("%d calls to catch up", n)
		}
	})
}

func TestAwayForLongerThanIsReadAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 1)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		short := func(c *Config) { c.CatchUp = time.Hour }
		c := r.start("one", short, nil)
		time.Sleep(20 * time.Minute)
		c.kill()
		stopped := time.Now().Unix()
		time.Sleep(5 * time.Hour)
		back := time.Now().Unix()
		r.start("two", short, nil)
		time.Sleep(5 * time.Minute)
		first, inGap := int64(0), 0
		for s, values := range r.stored() {
			if len(values) != 1 {
				t.Errorf("%+v is stored %d times", s, len(values))
			}
			if s.at > stopped && s.at < back {
				if inGap++; first == 0 || s.at < first {
					first = s.at
				}
			}
		}
		if read := time.Duration(back-first) * time.Second; inGap < 60 || read < time.Hour || read > 90*time.Minute {
			t.Errorf("%d buckets of the time away, the oldest %v ago", inGap, read)
		}
	})
}
