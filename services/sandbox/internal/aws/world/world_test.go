package world

import (
	"sync"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, monday)
	for _, c := range []Clock{{Speed: -1}, {Speed: 1e9}, {Now: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)}} {
		if w.SetClock(c) == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	if err := w.SetClock(Clock{Speed: 3600}); err != nil {
		t.Fatal(err)
	}
	c := w.Clock()
	if c.Now.Before(monday) || c.Now.After(monday.Add(time.Hour)) || c.Frozen || c.Speed != 3600 {
		t.Errorf("a new speed moved the time: %+v", c)
	}
	w.RealTime()
	if d := time.Since(w.Now()); d < 0 || d > time.Second {
		t.Errorf("real time is off by %v", d)
	}
}

func TestQuantileAgreesWithTheBucket(t *testing.T) {
	t.Parallel()
	b := Bucket{Count: 100, Sum: 20, Min: 0.05, Max: 2}
	if b.Quantile(0) != b.Min || b.Quantile(1) != b.Max {
		t.Errorf("%v to %v", b.Quantile(0), b.Quantile(1))
	}
	mean := 0.0
	for i := range 10_000 {
		mean += b.Quantile((float64(i)+0.5)/10_000) / 10_000
	}
	if mean < 0.199 || mean > 0.201 {
		t.Errorf("the curve's mean is %v, the bucket's 0.2", mean)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, monday.Add(12*time.Hour))
	told := 0
	w.OnEvent(func(Event) { told++ }) // under the World's lock
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for range 50 {
				switch n {
				case 0:
					_, _ = w.StopInstances(home, []string{BatchReport}, "test")
					_ = w.SetClock(Clock{Now: w.Now().Add(StopTakes), Frozen: true})
					_, _ = w.StartInstances(home, []string{BatchReport}, "test")
					_ = w.SetClock(Clock{Now: w.Now().Add(StartTakes), Frozen: true})
				case 1:
					_ = w.SetDesired(home, "web", 2+int(w.Now().Unix())%7, false)
					_ = w.Tag(home, []string{BatchReport}, map[string]string{"n": w.Now().String()})
				case 2:
					_ = w.Points(home, cpu(BatchReport), w.Now().Add(-time.Hour), w.Now(), time.Minute)
					_ = w.Groups(home)
				default:
					_ = w.Resources(home)
					_ = w.Metrics(home)
				}
			}
		})
	}
	all.Wait()
	if told < 200 {
		t.Errorf("%d events of 50 stops and starts", told)
	}
}
