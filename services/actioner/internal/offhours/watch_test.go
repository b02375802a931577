package offhours

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const tag = "parley:offhours"

// A week in which summer time begins, with two actioners: each transition is
// asked for once, at the hour on the wall.
func TestWeek(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2000, 3, 24, 12, 0, 0, 0, time.UTC))) // a Friday
		b := bustest.New(t)
		c := &actiontest.Cloud{Instances: map[string]*actiontest.Machine{
			"i-00000001": {State: "running", Tags: map[string]string{tag: "off=(M-F,19);on=(M-F,7);tz=Europe/Berlin"}},
			"i-00000002": {State: "running", Tags: map[string]string{tag: "off"}},
			"i-00000003": {State: "running", Tags: map[string]string{tag: "of=(M-F,19)"}},
			"i-00000004": {State: "running", Tags: map[string]string{"Name": "web"}},
		}, Database: &actiontest.Database{ID: "reports", State: "available", Tags: map[string]string{tag: "off=(M-F,21);on=(M-F,6)"}}}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		conn := b.Conn("actioner")
		for range 2 {
			w := &Watcher{Bus: conn, Accounts: actiontest.Accounts(c), Log: bustest.Log(t), Tag: tag, Zone: berlin(t)}
			wg.Go(func() { w.Watch(ctx) })
		}
		var asked []string
		consumer := b.Conn("actioner")
		wg.Go(func() {
			_ = bus.Consume(ctx, consumer, bus.ActionerRequests, func(ctx context.Context, m *bus.Message[*eventv1.ActionMessage]) error {
				r := m.Event.GetRequest()
				if _, err := bus.ActionRuns.Create(ctx, consumer, r.GetRunId(), &eventv1.RunRecord{Run: &eventv1.RunChanged{RunId: r.GetRunId()}}); err != nil {
					return nil // asked for already
				}
				c.Do(func(c *actiontest.Cloud) {
					asked = append(asked, time.Now().UTC().Format("Mon 15:04")+" "+r.GetAction()+" "+r.GetParameters()["instance_id"]+r.GetParameters()["database"])
					switch r.GetAction() {
					case "stop-instance":
						c.Instances["i-00000001"].State = "stopped"
					case "start-instance":
						c.Instances["i-00000001"].State = "running"
					case "stop-database":
						c.Database.State = "stopped"
					case "start-database":
						c.Database.State = "available"
					}
				})
				if r.GetActor().GetBackend() != "parley" || r.GetParameters()["account"] != "111122223333" || r.GetParameters()["region"] != "eu-west-1" {
					t.Errorf("asked by %v for %v", r.GetActor(), r.GetParameters())
				}
				return nil
			})
		})
		// On Tuesday night somebody works late, and is left alone.
		time.Sleep(time.Until(time.Date(2000, 3, 28, 21, 0, 0, 0, time.UTC)))
		c.Do(func(c *actiontest.Cloud) { c.Instances["i-00000001"].State = "running" })
		time.Sleep(time.Until(time.Date(2000, 3, 30, 4, 0, 0, 0, time.UTC)))
		cancel()
		wg.Wait()
		want := []string{"Fri 18:00 stop-instance i-00000001", "Fri 20:00 stop-database reports",
			"Mon 04:00 start-database reports", "Mon 05:00 start-instance i-00000001", "Mon 17:00 stop-instance i-00000001", "Mon 19:00 stop-database reports",
			"Tue 04:00 start-database reports", "Tue 05:00 start-instance i-00000001", "Tue 17:00 stop-instance i-00000001", "Tue 19:00 stop-database reports",
			"Wed 04:00 start-database reports", "Wed 17:00 stop-instance i-00000001", "Wed 19:00 stop-database reports"}
		// Half an account may be looked at just before a full hour.
		if !slices.Equal(asked, want) {
			t.Errorf("asked for\n%s\nwant\n%s", strings.Join(asked, "\n"), strings.Join(want, "\n"))
		}
	})
}

// What is only listed is asked for as a dry run.
func TestDry(t *testing.T) {
	t.Parallel()
	w := &Watcher{Tag: tag, Dry: true}
	at := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	accounts := actiontest.Accounts(nil).Accounts()
	dry := w.request(accounts[0], "eu-west-1", resource{what: "instance", id: "i-1"}, Transition{At: at})
	w.Dry = false
	real := w.request(accounts[0], "eu-west-1", resource{what: "instance", id: "i-1"}, Transition{At: at})
	if !dry.GetDryRun() || real.GetDryRun() || dry.GetRunId() == real.GetRunId() || bus.Token(real.GetRunId()) != real.GetRunId() {
		t.Errorf("%v, %v", dry, real)
	}
	if other := w.request(accounts[1], "eu-west-1", resource{what: "instance", id: "i-1"}, Transition{At: at}); other.GetRunId() == real.GetRunId() {
		t.Error(fmt.Sprint("two accounts share ", other.GetRunId()))
	}
}
