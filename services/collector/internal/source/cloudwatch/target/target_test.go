package target

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

func TestAssign(t *testing.T) {
	t.Parallel()
	var targets []string
	for i := range 40 {
		targets = append(targets, fmt.Sprintf("a%d.eu-west-1", i))
	}
	load := func(share map[string]string) map[string]int {
		n := map[string]int{}
		for _, c := range share {
			n[c]++
		}
		return n
	}
	three := Assign(targets, []string{"x", "y", "z"})
	for c, n := range load(three) {
		if n < 12 || n > 14 {
			t.Errorf("%s has %d of 40", c, n)
		}
	}
	for k, c := range Assign(targets, []string{"z", "x", "y"}) {
		if three[k] != c {
			t.Errorf("%s is %s's or %s's, by the order of the collectors", k, c, three[k])
		}
	}
	moved := 0
	for k, c := range Assign(targets, []string{"x", "y", "z", "w"}) {
		if c != "w" && c != three[k] {
			moved++
		}
	}
	if moved > 10 {
		t.Errorf("%d targets go from one old collector to another when a new one comes", moved)
	}
	if got := Assign(targets, nil); len(got) != 0 {
		t.Errorf("of nobody comes %v", got)
	}
}

func always() bool { return true }

// TestFenced: an owner that was slow can change nothing once another has the
// target, and what is committed is what the next owner reads.
func TestFenced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		ctx := context.Background()
		conn := b.Conn("collector")
		old, err := acquire(ctx, conn, "old", "1.r", record{}, 0, always)
		if err != nil {
			t.Fatal(err)
		}
		if err := old.Commit(ctx, []byte("one"), 7, nil); err != nil {
			t.Fatal(err)
		}
		e, err := bus.CloudTargets.Get(ctx, conn, "1.r")
		if err != nil {
			t.Fatal(err)
		}
		next, err := acquire(ctx, conn, "next", "1.r", old.rec, e.Revision, always)
		if err != nil {
			t.Fatal(err)
		}
		if err := old.Commit(ctx, []byte("late"), 9, nil); !errors.Is(err, ErrLost) {
			t.Errorf("the old owner commits: %v", err)
		}
		if old.Held() {
			t.Error("the old owner still thinks it is the owner")
		}
		p, err := next.Position(ctx)
		if err != nil || string(p.Data) != "one" || p.From != 7 || p.Mark != (Mark{1, 1}) || p.Done {
			t.Errorf("position %+v %v", p, err)
		}
		if err := next.Commit(ctx, []byte("two"), 8, nil); err != nil {
			t.Fatal(err)
		}
		next.Finish()
		if err := next.release(ctx); err != nil {
			t.Fatal(err)
		}
		e, _ = bus.CloudTargets.Get(ctx, conn, "1.r")
		third, err := acquire(ctx, conn, "third", "1.r", next.rec, e.Revision, always)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := third.Position(ctx); err != nil || string(p.Data) != "two" || !p.Done || p.Mark != (Mark{2, 1}) {
			t.Errorf("position %+v %v", p, err)
		}
		for _, name := range []string{"1.r/1-1", "1.r/1-2"} {
			if _, err := bus.GetObject(ctx, conn, bus.CloudPositions, name); !errors.Is(err, bus.ErrNotFound) {
				t.Errorf("the old position %s is still there: %v", name, err)
			}
		}
	})
}

// TestSilence: a collector that is killed loses its targets after 20 s, one
// that stops at once.
func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		keys := []Key{{"1", "a"}, {"1", "b"}, {"2", "a"}, {"2", "b"}}
		var mu sync.Mutex
		count := map[string]int{}
		has := func(name string) int {
			mu.Lock()
			defer mu.Unlock()
			return count[name]
		}
		add := func(name string, n int) {
			mu.Lock()
			defer mu.Unlock()
			count[name] += n
		}
		start := func(name string) (*bus.Conn, context.CancelFunc) {
			conn := b.Conn("collector")
			ctx, cancel := context.WithCancel(context.Background())
			l := NewLeases(LeaseConfig{Bus: conn, Log: bustest.Log(t), Name: name}, keys)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_ = l.Run(ctx, func(ctx context.Context, key string, lease *Lease) {
					add(name, 1)
					<-ctx.Done()
					add(name, -1)
				})
			}()
			t.Cleanup(func() { cancel(); <-ended })
			return conn, cancel
		}
		one, stopOne := start("one")
		time.Sleep(time.Second)
		if has("one") != 4 {
			t.Errorf("alone it has %d of 4", has("one"))
		}
		_, stopTwo := start("two")
		time.Sleep(12 * time.Second)
		if has("one") != 2 || has("two") != 2 {
			t.Errorf("together they have %d and %d", has("one"), has("two"))
		}
		one.NATS().Close()
		time.Sleep(18 * time.Second)
		if has("one") != 0 {
			t.Errorf("cut off, it still watches %d", has("one"))
		}
		time.Sleep(12 * time.Second)
		if has("two") != 4 {
			t.Errorf("half a minute later the other has %d of 4", has("two"))
		}
		stopOne()
		start("three") // which has to see for itself that the first is silent
		time.Sleep(25 * time.Second)
		stopTwo()
		time.Sleep(5 * time.Second)
		if has("three") != 4 {
			t.Errorf("right after the other stopped it has %d of 4", has("three"))
		}
	})
}

// api answers with err.
type api struct {
	CloudWatch
	err error
}

func (a *api) GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	return &cloudwatch.GetMetricDataOutput{}, a.err
}

// TestLimits: calls and points keep to the limits, throttling halves them, and
// they recover.
func TestLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &api{}
		x := New(Config{Account: account.Account{ID: "1"}, Region: "r", API: a, Limits: Limits{DataCalls: 1000, Points: 1000, OtherCalls: 1}})
		now := time.Now()
		in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(now), EndTime: aws.Time(now.Add(time.Hour))}
		for range 10 {
			in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{MetricStat: &types.MetricStat{Period: aws.Int32(60)}})
		}
		call := func(n int) time.Duration {
			start := time.Now()
			for range n {
				_, _ = x.CloudWatch().GetMetricData(context.Background(), in)
			}
			return time.Since(start)
		}
		call(int(MaxPoints / 600)) // the burst
		if d := call(50); d < 29*time.Second || d > 31*time.Second {
			t.Errorf("50 calls of 600 points took %s at 1,000 points a second", d)
		}
		a.err = &smithy.GenericAPIError{Code: "Throttling"}
		call(1)
		a.err = nil
		if d := call(1); d < 1100*time.Millisecond {
			t.Errorf("after throttling a call takes %s", d)
		}
		call(30)
		if d := call(50); d > 31*time.Second {
			t.Errorf("it stays slow: %s", d)
		}
		c := x.Meter().Counts(time.Now())
		if want := uint64(MaxPoints/600 + 50 + 1 + 30 + 50); c.DataRequests != want || c.MetricsRequested != 10*want {
			t.Errorf("counted %+v, want %d calls of 10, without the one that was refused", c, want)
		}
		in.EndTime = aws.Time(now.Add(1000 * time.Hour))
		if _, err := x.CloudWatch().GetMetricData(context.Background(), in); !errors.Is(err, errTooBig) {
			t.Errorf("600,000 points in one call: %v", err)
		}
	})
}
