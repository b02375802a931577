package explain

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/label"
)

// What an incident would be has the labels that the policy groups by, and what
// was asked about.
func TestOpening(t *testing.T) {
	t.Parallel()
	e := &eventv1.Explanation{Known: true, Severity: eventv1.Severity_SEVERITY_CRITICAL, Channels: []string{"#web"},
		Conditions: []*eventv1.ExplainedCondition{cond("m", series(1, false, 0))}}
	f := func(want string, by ...string) {
		t.Helper()
		e.By = by
		m, err := label.ParseMatcher("zone=x")
		if err != nil {
			t.Fatal(err)
		}
		if got := openings(Question{Policy: "slow", Matchers: label.Matchers{m}}, e)[0]; got.Labels.String() != want || got.Severity != "critical" || got.Channels[0] != "#web" {
			t.Errorf("by %q: %+v, want %s", by, got, want)
		}
	}
	f(`{host="a", policy="slow", severity="critical", team="demo", zone="x"}`)
	f(`{policy="slow", severity="critical", team="demo", zone="x"}`, "zone")
	e.PolicyLabels = []*eventv1.Label{{Name: "tier", Value: "service"}, {Name: "zone", Value: "y"}}
	f(`{policy="slow", severity="critical", team="demo", tier="service", zone="x"}`, "zone")
}

// Where it would be told, and what would hold it back there and everywhere.
func TestWhereItWouldBeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		notifier, conn := b.Conn("notifier"), b.Conn("operator")
		ctx, now := t.Context(), time.Now()
		put := func(_ uint64, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		host := []*eventv1.Matcher{{Label: "host", Op: eventv1.Matcher_OP_EQUAL, Value: "a"}}
		put(bus.Maintenances.Put(ctx, notifier, "m1", &eventv1.Maintenance{Id: "m1", Name: "reboot", Matchers: host,
			StartsAt: timestamppb.New(now.Add(-time.Minute)), EndsAt: timestamppb.New(now.Add(time.Hour))}))
		put(bus.Maintenances.Put(ctx, notifier, "m2", &eventv1.Maintenance{Id: "m2", Name: "later", Matchers: host,
			StartsAt: timestamppb.New(now.Add(time.Minute)), EndsAt: timestamppb.New(now.Add(time.Hour))}))
		put(bus.NotifierNotes.Put(ctx, notifier, "limit."+bus.Token("#web"), []byte(`{"posts":[{"id":"i1","at":"`+now.Add(-time.Minute).Format(time.RFC3339)+`"},
			{"id":"i0","at":"`+now.Add(-2*time.Hour).Format(time.RFC3339)+`"}]}`)))
		quiet := now.Add(time.Hour)
		put(bus.NotifierNotes.Put(ctx, notifier, "k."+bus.Token("#web")+".k1", []byte(`{"lead":"lead1","group":"web.g1"}`)))
		put(bus.IncidentGroups.Put(ctx, notifier, "web.g1", []byte(`{"channel":"#web","at":"`+now.Add(-time.Hour).Format(time.RFC3339)+`"}`)))
		put(bus.IncidentGroups.Put(ctx, notifier, "web.g1.0", []byte(`[{"i":"lead1","e":1},{"i":"i2"}]`)))
		q := Question{Policy: "slow", Routing: routing{where: func(o Opening, at time.Time) []Destination {
			if o.Labels.Get("host") != "a" || !at.Equal(now) {
				t.Errorf("asked about %+v at %s", o, at)
			}
			return []Destination{{Channel: "#web", Why: "grouped", Key: "k1", Together: "host=a"}, {Channel: "#web", Why: "first", Key: "k2", Together: "host=b"},
				{Channel: "#web", Why: "web matches", Path: []string{"all", "web"}, Limit: 1, PerSeconds: 3600},
				{Channel: "#ops", Why: "ops matches", QuietUntil: &quiet, Held: true}, {Channel: "#own", Why: "its policy names #own", QuietUntil: &quiet}}
		}}}
		o := Opening{Severity: "warning", Labels: label.FromMap(map[string]string{"host": "a", "policy": "slow"})}
		n := &Not{Policy: "slow", Severity: "warning"}
		var err error
		if n.Silences, err = silences(ctx, conn, q, o, now); err != nil || len(n.Silences) != 1 {
			t.Fatalf("%v %v", n.Silences, err)
		}
		if n.Destinations, err = destinations(ctx, conn, q, o, now); err != nil {
			t.Fatal(err)
		}
		clock := func(at time.Time) string { return "in " + at.Sub(now).String() }
		var text strings.Builder
		for _, r := range n.Rows(now, clock) {
			text.WriteString(r.Name + "|" + r.Text + "\n")
		}
		for _, want := range []string{"silenced|maintenance reboot (host=a) until in 1h0m0s\n",
			"would tell|#web: grouped; in the message of lead1, with all of host=a\n", "|#web: first; what comes later of host=b joins its message\n",
			"|#web: web matches (all › web); in the channel's digest, because it takes 1 new message in 1 h and has had it\n",
			"|#ops: ops matches; it waits for the end of the quiet hours, in 1h0m0s\n",
			"|#own: its policy names #own; it names nobody in the quiet hours, until in 1h0m0s\n"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%q is not in\n%s", want, text.String())
			}
		}
		if got := n.Destinations[2].words(true, clock); !strings.HasSuffix(got, "; 1 of 1 new messages in 1 h are used") {
			t.Errorf("critical: %q", got)
		}
	})
}

// routing answers as a test says.
type routing struct {
	where func(Opening, time.Time) []Destination
	cause func(Opening, []*eventv1.IncidentChanged) (Cause, bool)
}

func (r routing) Explained(o Opening, at time.Time) []Destination { return r.where(o, at) }

func (r routing) Follows(o Opening, causes []*eventv1.IncidentChanged, _ time.Time) (Cause, bool) {
	return r.cause(o, causes)
}
