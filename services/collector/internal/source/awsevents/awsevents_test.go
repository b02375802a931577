package awsevents

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/sourcetest"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/config"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const (
	eu = "https://sqs.eu-west-1.amazonaws.com/111122223333/parley-events"
	us = "https://sqs.us-east-1.amazonaws.com/111122223333/parley-events"
)

func shop() account.Account {
	return account.Account{ID: "111122223333", Name: "shop", Regions: []string{"eu-west-1", "us-east-1"}}
}

func instance(state string, at time.Time) string {
	return fmt.Sprintf(`{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification","account":"111122223333","region":"eu-west-1","time":%q,
		"detail":{"instance-id":"i-0ba7c4e9d1f2a3b40","state":%q}}`, at.UTC().Format(time.RFC3339), state)
}

func alarm(name, state string, at time.Time) string {
	return fmt.Sprintf(`{"source":"aws.cloudwatch","detail-type":"CloudWatch Alarm State Change","account":"111122223333","region":"us-east-1","time":%q,
		"detail":{"alarmName":%q,"state":{"value":%q,"timestamp":%q}}}`, at.UTC().Format(time.RFC3339), name, state, at.UTC().Format("2006-01-02T15:04:05.000-0700"))
}

// sink keeps what is stored in words, and refuses while it is told to.
type sink struct {
	mu     sync.Mutex
	refuse bool
	got    []string
}

func (s *sink) Store(_ context.Context, samples []batch.Sample) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse {
		return errors.New("refused by the test")
	}
	for _, x := range samples {
		s.got = append(s.got, fmt.Sprintf("%s %s %g/%d", x.Series.Name, x.Series.Labels.Get("instance_id")+x.Series.Labels.Get("alarm_name"), x.Value, x.Revision))
	}
	return nil
}

func (s *sink) set(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = refuse
}

// take returns what was stored since the last time, sorted.
func (s *sink) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	slices.Sort(got)
	return got
}

func (s *sink) want(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.got, want) {
		t.Errorf("got %v, want %v", s.got, want)
	}
}

// start runs the source until the bubble's end, or until stop.
func start(t *testing.T, cfg Config, d source.Deps, to source.Sink) (stop func()) {
	t.Helper()
	d.Log = bustest.Log(t)
	s, err := New(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, to) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func TestAsASource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t, eu)
		q.send(eu, instance("running", time.Now()))
		to := &sourcetest.Sink{Refuse: 1}
		sourcetest.RunWith(t, source.Kind(Defaults, New), 2*time.Minute,
			source.Deps{Log: bustest.Log(t), Accounts: q.set(shop()), Bus: bustest.New(t).Conn("collector")}, to, to.Wait)
	})
}

// A message goes when its sample is stored, and not before; what comes again
// is the same sample; others of the process hear of instances.
func TestMessagesAreDeletedWhenStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, to, changes := newQueues(t, eu, us), &sink{}, &source.Changes{}
		var heard []source.Change
		defer changes.Listen(func(c source.Change) { heard = append(heard, c) })()
		start(t, Config{}, source.Deps{Accounts: q.set(shop()), Bus: bustest.New(t).Conn("collector"), Changes: changes}, to)
		time.Sleep(time.Minute)
		to.want(t)

		at := time.Now()
		to.set(true)
		q.send(eu, instance("stopping", at), instance("stopped", at))
		q.send(us, alarm("orders", "ALARM", at))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if q.left(eu) != 2 || q.left(us) != 1 || len(heard) > 0 {
			t.Errorf("%d and %d messages are left, heard of %v", q.left(eu), q.left(us), heard)
		}
		to.set(false)
		time.Sleep(visible + poll)
		synctest.Wait()
		if q.left(eu) != 0 || q.left(us) != 0 {
			t.Errorf("%d and %d messages are left", q.left(eu), q.left(us))
		}
		if got := to.take(); !slices.Equal(got, []string{"aws.alarm.state orders 1/0", "aws.ec2.state i-0ba7c4e9d1f2a3b40 0/2", "aws.ec2.state i-0ba7c4e9d1f2a3b40 0/3"}) {
			t.Errorf("got %v", got)
		}
		if len(heard) != 2 || heard[1] != (source.Change{Account: "111122223333", Region: "eu-west-1", Instance: "i-0ba7c4e9d1f2a3b40", State: "stopped"}) {
			t.Errorf("heard of %v", heard)
		}

		// Stored, but not deleted: it comes again, and is the same sample.
		q.mu.Lock()
		q.fail = func(_, action string) string {
			if action == "DeleteMessageBatch" {
				return "RequestThrottled"
			}
			return ""
		}
		q.mu.Unlock()
		q.send(us, alarm("orders", "OK", at.Add(time.Minute)))
		time.Sleep(visible + poll)
		q.mu.Lock()
		q.fail = func(string, string) string { return "" }
		q.mu.Unlock()
		time.Sleep(visible + poll + time.Minute)
		if got := to.take(); len(got) < 2 || q.left(us) != 0 || len(slices.Compact(slices.Clone(got))) != 1 {
			t.Errorf("%d messages are left, stored %v", q.left(us), got)
		}
	})
}

// What is bad is a dead letter, and gone from the queue.
func TestBadMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, q, to := bustest.New(t), newQueues(t, eu), &sink{}
		start(t, Config{Queue: "parley-events"}, source.Deps{Accounts: q.set(shop()), Bus: b.Conn("collector")}, to)
		now := time.Now()
		q.send(eu, "hello", instance("running", now), `{"source":"my.app","detail-type":"x"}`, instance("dreaming", now))
		time.Sleep(poll)
		to.want(t, "aws.ec2.state i-0ba7c4e9d1f2a3b40 1/1")
		var reasons []string
		for _, l := range bustest.WantEvents[[]byte](t, b, bus.DeadLetters, "dlq.ingest.infra", 3) {
			reasons = append(reasons, l.Header.Get(bus.HeaderReason)+" "+string(l.Event))
		}
		slices.Sort(reasons)
		for i, want := range []string{"message-1 of shop (111122223333) in eu-west-1: not JSON", "message-3", `"dreaming" is none`} {
			if !strings.Contains(reasons[i], want) {
				t.Errorf("reason %q, want %q", reasons[i], want)
			}
		}
		if n := q.left(eu); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// One region that fails, or has no queue, holds up no other; nothing is lost.
func TestRegionsAreApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, to := newQueues(t, us), &sink{}
		other := shop()
		other.ID, other.Name, other.Queue, other.Regions = "444455556666", "data", "https://sqs.eu-central-1.amazonaws.com/444455556666/theirs", []string{"eu-west-1"}
		silent := account.Account{ID: "777788889999", Name: "silent", Regions: []string{"eu-north-1"}, Role: "arn:aws:iam::777788889999:role/parley-collector"}
		denied := true
		q.fail = func(region, _ string) string {
			if region == "us-east-1" && denied {
				return "AccessDenied"
			}
			return ""
		}
		stop := start(t, Config{}, source.Deps{Accounts: q.set(shop(), other, silent), Bus: bustest.New(t).Conn("collector")}, to)
		now := time.Now()
		q.send(us, alarm("mine", "ALARM", now))
		q.send(other.Queue, alarm("theirs", "OK", now))
		time.Sleep(10 * time.Second)
		to.want(t, "aws.alarm.state theirs 0/0")
		time.Sleep(10 * time.Minute)
		q.mu.Lock()
		if n := q.calls["GetQueueUrl us-east-1"]; n < 5 || n > 25 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		if n := q.calls["GetQueueUrl eu-west-1"]; n != 3 {
			t.Errorf("looked %d times in ten minutes for a queue that is not there", n)
		}
		if n := q.calls["GetQueueUrl eu-north-1"]; n != 0 {
			t.Errorf("looked %d times in an account that nobody said has one", n)
		}
		denied = false
		q.mu.Unlock()
		time.Sleep(2 * time.Minute)
		to.want(t, "aws.alarm.state theirs 0/0", "aws.alarm.state mine 1/0")
		began := time.Now()
		stop()
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %s to stop", took)
		}
	})
}

// TestSample reads the sample as a person's settings file.
func TestSample(t *testing.T) {
	t.Parallel()
	cfg := Defaults()
	err := config.Load(config.Program{Name: "test", Stdout: t.Output(), Env: func(string) (string, bool) { return "", false }},
		[]string{"--config=sample.yaml"}, &cfg)
	if err != nil || cfg.Queue != "parley-events" {
		t.Errorf("%v, read %+v", err, cfg)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{Queue: "https://sqs…"}, source.Deps{}); err == nil || !strings.Contains(err.Error(), "--collector-awsevents-queue") {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]string{eu: "eu-west-1", "http://localhost:4566/1/q": "eu-north-1", "https://eu-west-2.queue.amazonaws.com/1/q": "eu-west-2", "::": "eu-north-1"} {
		if got := regionOf(text, "eu-north-1"); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
