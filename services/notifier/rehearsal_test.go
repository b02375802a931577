package notifier

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
	"github.com/parley-ops/parley/services/notifier/route"
)

// played is a world whose incidents are kept, to be rehearsed afterwards.
type played struct {
	*world
	rules   rehearsal.Rules
	changes []*eventv1.IncidentChanged
}

// tells publishes changes that come at one time.
func (p *played) tells(changes ...*eventv1.IncidentChanged) {
	p.publish(changes...)
	p.changes = append(p.changes, changes...)
}

// silence puts a silence in force.
func (p *played) silence(matcher *eventv1.Matcher, begins, lasts time.Duration) {
	s := &eventv1.Silence{Id: fmt.Sprintf("s%d", len(p.rules.Silences)), Matchers: []*eventv1.Matcher{matcher}, Author: "ana",
		StartsAt: timestamppb.New(time.Now().Add(begins)), EndsAt: timestamppb.New(time.Now().Add(begins + lasts))}
	if _, err := bus.Silences.Put(p.t.Context(), p.b.Conn("notifier"), s.Id, s); err != nil {
		p.t.Fatal(err)
	}
	p.rules.Silences = append(p.rules.Silences, s)
	time.Sleep(time.Second) // until the service has heard of it
}

// window puts a maintenance window in force.
func (p *played) window(matcher *eventv1.Matcher, begins, lasts time.Duration) {
	m := &eventv1.Maintenance{Id: "w1", Name: "new disks", Matchers: []*eventv1.Matcher{matcher}, Author: "ana",
		StartsAt: timestamppb.New(time.Now().Add(begins)), EndsAt: timestamppb.New(time.Now().Add(begins + lasts))}
	if _, err := bus.Maintenances.Put(p.t.Context(), p.b.Conn("notifier"), m.Id, m); err != nil {
		p.t.Fatal(err)
	}
	p.rules.Windows = append(p.rules.Windows, m)
}

func equals(name, value string) *eventv1.Matcher {
	return &eventv1.Matcher{Label: name, Value: value, Op: eventv1.Matcher_OP_EQUAL}
}

// of returns the opening of service n that so many were before.
func of(n, times int, severity eventv1.Severity) *eventv1.IncidentChanged {
	c := incident(fmt.Sprintf("svc%03d-%03d", n, times), 1)
	c.Severity, c.Policy, c.Summary = severity, "errors", fmt.Sprintf("errors on service-%d", n)
	c.Labels = []*eventv1.Label{{Name: "env", Value: "prod"}, {Name: "service", Value: fmt.Sprint("service-", n)}, {Name: "tier", Value: "service"}}
	if times > 0 {
		c.PreviousId = fmt.Sprintf("svc%03d-%03d", n, times-1)
	}
	return c
}

// rehearses plays a story on the service and rehearses what was published: both
// come to the same messages and replies in every channel, and to the same edits but
// for one. It returns the rehearsal's report.
func rehearses(t *testing.T, routes string, story func(*played)) (out rehearsal.Report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &played{world: newWorld(t)}
		p.routes = routes
		table, err := route.Parse([]byte(routes), "#ops")
		if err != nil {
			t.Fatal(err)
		}
		p.rules.Routes = table
		p.start()
		time.Sleep(2 * time.Second)
		story(p)
		time.Sleep(10 * time.Minute)
		end := time.Now()
		r := NewRehearsal(p.rules)
		for _, c := range p.changes {
			if err := r.Take(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if out, err = r.End(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		for name, id := range map[string]string{"#ops": ops, "#cost": cost} {
			want, got := rehearsal.Channel{}, rehearsal.Channel{}
			for _, m := range p.slack.Roots(id) {
				if shows(m, "Maintenance") || shows(m, "maintenance window") { // no incident's
					continue
				}
				want.Messages++
				want.Edits += m.Edits
				want.Replies += len(p.slack.Thread(m.TS))
			}
			if i := slices.IndexFunc(out.Channels, func(c rehearsal.Channel) bool { return c.Name == name }); i >= 0 {
				got = out.Channels[i]
			}
			if got.Messages != want.Messages || got.Replies != want.Replies || !near(got.Edits, want.Edits) {
				t.Errorf("%s: rehearsed %+v, told %+v: %q", name, got, want, texts(p.slack.Roots(id)))
			}
		}
	})
	return out
}

// near allows for one edit that shows two things which come at one moment.
func near(got, want int) bool { return max(got-want, want-got) <= 1 }

const (
	warning  = eventv1.Severity_SEVERITY_WARNING
	critical = eventv1.Severity_SEVERITY_CRITICAL
)

func TestARehearsalTellsWhatTheServiceTells(t *testing.T) {
	f := func(name, routes string, messages int, held map[string]int, story func(*played)) {
		t.Run(name, func(t *testing.T) {
			got := rehearses(t, routes, story)
			if got.Messages() != messages {
				t.Errorf("%d messages, want %d: %+v", got.Messages(), messages, got.Channels)
			}
			for kind, n := range held {
				if got.Held[kind] != n {
					t.Errorf("%d by %s, want %d: %v", got.Held[kind], kind, n, got.Held)
				}
			}
		})
	}
	apart := func(p *played, n int, d time.Duration) {
		for i := range n {
			p.tells(of(i, 0, warning))
			time.Sleep(d)
		}
	}
	f("plain", `routes: [{channels: ["#ops", "#cost"]}]`, 2, nil, func(p *played) {
		c := of(1, 0, critical)
		p.tells(c)
		time.Sleep(time.Minute)
		p.tells(resolved(c, 2))
	})
	f("grouped", `routes: [{channels: ["#ops"], group: {by: [policy], wait: 30s}}]`, 1, map[string]int{"group": 4}, func(p *played) { apart(p, 5, 20*time.Second) })
	f("silenced", "routes: []", 2, map[string]int{"silence": 2}, func(p *played) {
		p.silence(equals("service", "service-0"), 0, time.Hour)
		p.silence(equals("service", "service-1"), -time.Hour, time.Hour+time.Minute) // over before all ends
		apart(p, 3, 10*time.Second)
	})
	f("maintenance", "routes: []", 3, map[string]int{"maintenance": 4}, func(p *played) {
		p.window(equals("env", "prod"), 25*time.Second, 20*time.Minute)
		apart(p, 4, 10*time.Second)
		p.tells(resolved(p.changes[3], 2))
	})
	f("limit", `routes: [{channels: ["#ops"], limit: {messages: 3, per: 1h}}]`, 5, map[string]int{"digest": 4}, func(p *played) {
		apart(p, 7, 20*time.Second)
		p.tells(of(8, 0, critical))
	})
	f("storm", "routes: []", 4, map[string]int{"storm": 57}, func(p *played) {
		var all []*eventv1.IncidentChanged
		for i := range 60 {
			all = append(all, of(i, 0, warning))
		}
		p.tells(all...)
		time.Sleep(time.Minute)
		p.tells(resolved(all[0], 2), resolved(all[30], 2), resolved(all[59], 2))
	})
	f("flapping", "routes: []", 3, map[string]int{"flapping": 5}, func(p *played) {
		for i := range 8 {
			c := of(1, i, warning)
			p.tells(c)
			time.Sleep(2 * time.Minute)
			p.tells(resolved(c, 2))
			time.Sleep(3 * time.Minute)
		}
		time.Sleep(90 * time.Minute)
	})
	f("dependency", dependent, 2, map[string]int{"dependency": 3}, func(p *played) {
		db := database()
		p.tells(db)
		time.Sleep(5 * time.Second)
		apart(p, 3, 10*time.Second)
		p.tells(resolved(p.changes[1], 2))
		p.tells(resolved(p.changes[2], 2))
		time.Sleep(time.Minute)
		p.tells(resolved(db, 2)) // what is open still is told after a while
	})
	f("reminded", `routes: [{channels: ["#ops"], remind: 2m, quiet: {from: "00:05", to: "00:08", zone: UTC, hold: true}}]`, 3, map[string]int{"quiet": 1}, func(p *played) {
		apart(p, 3, 3*time.Minute)
	})
}

// Any mixture comes to the same, of what does not come at one moment: then it is a
// matter of microseconds what is first.
func TestARehearsalOfAMixture(t *testing.T) {
	const routes = `
routes:
  - {name: few, match: {service: "~service-[0-3]"}, channels: ["#cost"], limit: {messages: 4, per: 30m}, flap: {times: 3, within: 30m, calm: 10m}}
  - {name: many, channels: ["#ops", "#cost"], group: {by: [policy, severity], wait: 20s}}
dependencies:
  - {when: {policy: database-down}, suppresses: {tier: service}, equal: [env]}
`
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rehearses(t, routes, func(p *played) {
				random := rand.New(rand.NewPCG(seed, 1))
				open, times := map[int]*eventv1.IncidentChanged{}, map[int]int{}
				p.silence(equals("service", "service-2"), 10*time.Minute, 20*time.Minute)
				for range 25 {
					n := random.IntN(9)
					c := open[n]
					switch {
					case c != nil:
						c = resolved(c, 2)
						delete(open, n)
					case n == 8:
						c = database()
						c.Id = fmt.Sprintf("db%d", times[n])
						open[n] = c
						times[n]++
					default:
						c = of(n, times[n], []eventv1.Severity{warning, critical}[random.IntN(2)])
						open[n] = c
						times[n]++
					}
					p.tells(c)
					time.Sleep(3*time.Second + time.Duration(random.IntN(60_000))*time.Millisecond)
				}
			})
		})
	}
}
