package offhours

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

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
		var watchers []*Watcher
		for range 2 {
			watchers = append(watchers, &Watcher{Bus: b.Conn("actioner"), Accounts: actiontest.Accounts(c), Log: bustest.Log(t), Tag: tag, Zone: berlin(t)})
		}
		stream, err := b.Conn("admin").JetStream().Stream(t.Context(), bus.Actions.Name)
		if err != nil {
			t.Fatal(err)
		}
		reader, next := b.Conn("actioner"), uint64(1)
		var asked []string
		// carryOut does what was asked for since, as an actioner would.
		carryOut := func() {
			for ; ; next++ {
				raw, err := stream.GetMsg(t.Context(), next)
				if err != nil {
					return // no more
				}
				m := &eventv1.ActionMessage{}
				if err := proto.Unmarshal(raw.Data, m); err != nil {
					t.Fatal(err)
				}
				r := m.GetRequest()
				if _, err := bus.ActionRuns.Create(t.Context(), reader, r.GetRunId(), &eventv1.RunRecord{Run: &eventv1.RunChanged{RunId: r.GetRunId()}}); err != nil {
					t.Errorf("%s was asked for twice", r.GetRunId())
				}
				if r.GetActor().GetBackend() != "parley" || r.GetParameters()["account"] != "111122223333" || r.GetParameters()["region"] != "eu-west-1" {
					t.Errorf("asked by %v for %v", r.GetActor(), r.GetParameters())
				}
				asked = append(asked, time.Now().UTC().Format("Mon 15:04")+" "+r.GetAction()+" "+r.GetParameters()["instance_id"]+r.GetParameters()["database"])
				c.Do(func(c *actiontest.Cloud) {
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
			}
		}
		for time.Now().Before(time.Date(2000, 3, 30, 4, 0, 0, 0, time.UTC)) {
			for _, w := range watchers {
				w.look(t.Context(), time.Now())
			}
			carryOut()
			// On Tuesday night somebody works late, and is left alone.
			if time.Now().Equal(time.Date(2000, 3, 28, 21, 0, 0, 0, time.UTC)) {
				c.Do(func(c *actiontest.Cloud) { c.Instances["i-00000001"].State = "running" })
			}
			step := 30 * time.Minute
			if h := time.Now().Hour(); h >= 3 && h <= 5 || h >= 16 && h <= 20 { // the hours at which something is to be done
				step = every
			}
			time.Sleep(step)
		}
		want := []string{"Fri 18:00 stop-instance i-00000001", "Fri 20:00 stop-database reports",
			"Mon 04:00 start-database reports", "Mon 05:00 start-instance i-00000001", "Mon 17:00 stop-instance i-00000001", "Mon 19:00 stop-database reports",
			"Tue 04:00 start-database reports", "Tue 05:00 start-instance i-00000001", "Tue 17:00 stop-instance i-00000001", "Tue 19:00 stop-database reports",
			"Wed 04:00 start-database reports", "Wed 17:00 stop-instance i-00000001", "Wed 19:00 stop-database reports"}
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
