package cloudwatch

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/sourcetest"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// Who hears that an instance has changed asks EC2 at once, and does not wait
// for its turn; many changes are one question.
func TestChangesOfInstancesAreLookedAt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", "CPUUtilization", 2)
		r.needs("d", need("p", "aws.ec2.cpu_utilization", critical, time.Minute))
		var n atomic.Int32
		r.aws.fail = func(_, _, action string) string {
			if action == "ec2" {
				n.Add(1)
			}
			return ""
		}
		cfg, changes := Defaults(), &source.Changes{}
		cfg.Waste.Interval, cfg.StatesEvery = 0, time.Hour
		s, err := New(cfg, source.Deps{Log: bustest.Log(t), Bus: r.bus.Conn("collector"), Instance: "a", Changes: changes,
			Accounts: account.New(account.Config{SandboxURL: "http://aws.test", Protocol: account.JSON, Transport: r.aws}, r.accounts...)})
		if err != nil {
			t.Fatal(err)
		}
		s.(*watcher).beat, s.(*watcher).silence = r.beat, r.silence
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx, &sourcetest.Sink{}) }()
		asked := func() int { return int(n.Load()) }
		time.Sleep(20 * time.Minute)
		before := asked()
		for range 50 {
			changes.Tell(source.Change{Account: "111122223333", Region: "us-east-1", Instance: "i-1", State: "stopped"})
			changes.Tell(source.Change{Account: "111122223333", Region: "eu-west-1", Instance: "i-9", State: "stopped"})
		}
		time.Sleep(time.Second)
		if n := asked() - before; before == 0 || n != 1 {
			t.Errorf("asked %d times, then %d times more; want 1", before, n)
		}
		time.Sleep(20 * time.Minute)
		if n := asked() - before; n > 2 {
			t.Errorf("asked %d times after one change", n)
		}
		changes.Tell(source.Change{Account: "111122223333", Region: "eu-west-1", Instance: "i-9", State: "stopped"})
		time.Sleep(time.Minute)
		if n := asked() - before; n > 2 {
			t.Errorf("asked %d times, for a change of another region", n)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
