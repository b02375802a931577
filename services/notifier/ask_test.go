package notifier

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// stalled evaluators take questions and answer none.
func (w *world) stalled() {
	if _, err := w.alerts.NATS().SubscribeSync("query.eval.*"); err != nil {
		w.t.Fatal(err)
	}
}

// historians are evaluators that answer for all partitions, with hosts series of latency.p99 in
// one.
func (w *world) historians(hosts int) {
	for p := range bus.Partition(bus.Partitions) {
		w.background(func(ctx context.Context) error {
			return bus.ServeQueries(ctx, w.alerts, p, func(ctx context.Context, q *eventv1.Query) *eventv1.QueryAnswer {
				a := &eventv1.QueryAnswer{}
				if p == 3 {
					w.tell(q, hosts, a)
				} else if q.GetExplain() != nil {
					a.Explanation = &eventv1.Explanation{}
				}
				return a
			})
		})
	}
	synctest.Wait()
}

// background runs f until the test ends.
func (w *world) background(f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
}

func (w *world) tell(q *eventv1.Query, hosts int, a *eventv1.QueryAnswer) {
	now := time.Now()
	switch x := q.GetQuery().(type) {
	case *eventv1.Query_History:
		ms, _ := label.MatchersFromProto(x.History.GetMatchers())
		for i := range hosts {
			ref := &eventv1.SeriesRef{Id: uint64(i + 1), Name: "latency.p99", Partition: 3, Labels: label.FromMap(map[string]string{
				"host": fmt.Sprintf("web-%d", i), "service": []string{"cart", "checkout"}[i%2], "team": "demo"}).Proto()}
			if x.History.GetName() != ref.Name || !ms.Match(label.FromProto(ref.Labels)) || len(a.Series) >= int(x.History.GetMaxSeries()) {
				continue
			}
			h := &eventv1.SeriesHistory{Series: ref, Unit: "ms"}
			for k := range 60 {
				h.TimeUnixMs, h.Values = append(h.TimeUnixMs, now.Add(time.Duration(k-60)*10*time.Second).UnixMilli()), append(h.Values, float64(100*i+k))
			}
			a.Series = append(a.Series, h)
		}
	case *eventv1.Query_Incidents:
		a.Incidents = w.live
	case *eventv1.Query_Metrics:
		a.Metrics = []*eventv1.MetricName{{Name: "latency.p99", Series: uint32(hosts), Unit: "ms"}}
	case *eventv1.Query_Explain:
		a.Explanation = &eventv1.Explanation{Known: true, Enabled: true, Conditions: []*eventv1.ExplainedCondition{{Metric: "latency.p99", Text: "above 800", InScope: 1,
			Series: []*eventv1.ExplainedSeries{{Series: &eventv1.SeriesRef{Labels: []*eventv1.Label{{Name: "host", Value: "web-1"}}}, Unit: "ms", Value: 120,
				ValueAt: timestamppb.New(now), SeenAt: timestamppb.New(now), SilentAfter: durationpb.New(time.Hour), Threshold: 800, HasThreshold: true}}}}}
	}
}

// renderer draws a small picture, after a while.
func (w *world) renderer(slow time.Duration) {
	conn := w.b.Conn("renderer")
	w.background(func(ctx context.Context) error {
		return bus.Answer(ctx, conn, bus.DrawQuestion, func(_ context.Context, q *eventv1.DrawQuery) *eventv1.DrawAnswer {
			time.Sleep(slow)
			var buf bytes.Buffer
			_ = png.Encode(&buf, image.NewGray(image.Rect(0, 0, 4, 4)))
			return &eventv1.DrawAnswer{Png: buf.Bytes(), Title: q.GetName(), AltText: q.GetName() + ": now 159 ms", Note: "there is no history of a week before"}
		})
	})
	synctest.Wait()
}

// policy stores one.
func (w *world) policy(name string) {
	w.t.Helper()
	doc := &eventv1.PolicyDocument{Name: name, Yaml: "name: " + name + "\nwhen: {metric: latency.p99, above: 800}\n", Author: "ann", At: timestamppb.Now()}
	if _, err := bus.Policies.Put(w.t.Context(), w.b.Conn("operator"), name, doc); err != nil {
		w.t.Fatal(err)
	}
}

func TestWhatPeopleAskFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.live = []*eventv1.IncidentChanged{incident("inc1abcdef", 1)}
		w.historians(12)
		w.policy("slow")
		l := w.start()
		w.background(func(ctx context.Context) error {
			return bus.Answer(ctx, w.alerts, bus.ReplayQuestion, func(_ context.Context, q *eventv1.ReplayQuery) *eventv1.ReplayAnswer {
				return &eventv1.ReplayAnswer{From: timestamppb.New(time.Now().Add(-time.Hour)), To: timestamppb.Now(), Series: 12,
					Incidents: []*eventv1.ReplayedIncident{{Summary: "p99 is 950 ms", OpenedAt: timestamppb.New(time.Now().Add(-time.Minute))}}}
			})
		})
		w.publish(w.live...)
		time.Sleep(2 * time.Second)
		for _, c := range [][2]string{
			{"top latency.p99 3", "web-11"}, {"top latency.p99 by service", "checkout"}, {"top latency.p99 by servise", "Did you mean service"},
			{"top latency.p9", "Did you mean latency.p99"}, {"top", "which metric"}, {"top latency.p99 many", "is no number"},
			{"query latency.p99 host=nosuch", "nothing of it matches"}, {"query xyzzy", "There is no metric xyzzy"},
			{"why inc1", "heap is 97"}, {"why inc1", "#ops"}, {"why nosuch", "no incident nosuch"}, {"why", "which incident"},
			{"whynot slow", "latency.p99 is 120 ms, not above 800"}, {"whynot slow web-1", "on host=web-1"}, {"whynot slow", "the default is #ops"}, {"whynot sloow", `Did you mean \"slow\"`},
			{"whynot slow web-1 web-2", "one resource"}, {"whynot", "which policy"},
			{"policy show slow", "metric: latency.p99"}, {"policy show sloow", `Did you mean \"slow\"`}, {"policy delete slow", "show, test, replay and mute"},
			{"policy shw slow", "revision"}, {"policy mute slow", "for how long"}, {"policy mute slow 2h deploying", "until"}, {"silences", "policy=slow"},
			{"policy", "which policy"},
			{"incidents severity=critical", "inc1abcd"}, {"incidents severity=info", "nothing of that"}, {"incidents mine", "nothing of that"},
			{"incidents all", "is no filter"}, {"status service=checkout", "1 open, 1 critical"}, {"status nonsense", "is no filter"},
			{"ack inc1 on it", "You are on it"}, {"incidents mine", "inc1abcd"},
			{"help slow", "revision"}, {"help latency.p99", "12 series"}, {"help collect-garbage", "Collect garbage"}, {"help incidents", "the worst first"},
			{"help matcher", "A test on one label"}, {"help latency.p98", `Did you mean \"latency.p99\"`}, {"help qwertzuiop", "There is no command, policy"},
			{"run collect-garbage inc9", "write its parameters"}, {"run colect-garbage a=b", `Did you mean \"collect-garbage\"`}, {"run collect-garbage", "which incident"},
			{"run collect-garbage host!=x", "is no parameter"}, {"run collect-garbage instance=i-1", "Asked for collect-garbage"},
			{"unsilence nosuch", "no silence nosuch"}, {"graph", "which metric"}, {"graph latency.p99 vs", "versus how long"}, {"graph latency.p99 soon", "length of time"},
			{"policy test slow", "Trying the policy"}, // the last: its second answer comes when it is ready
		} {
			said := w.saying(l, c[0])
			if !strings.Contains(strings.ToLower(said), strings.ToLower(c[1])) {
				t.Errorf("%q: %q, want %q in it", c[0], said, c[1])
			}
		}
		time.Sleep(5 * time.Second)
		if all := strings.Join(w.answers(), "\n"); !strings.Contains(all, "would have opened 1 incident") {
			t.Error("the policy's test is not told")
		}
		if n := asked(t, w); n != 1 {
			t.Errorf("%d requests of runs, want 1", n)
		}
	})
}

// saying asks and returns the whole first answer, all blocks.
func (w *world) saying(l *life, text string) string {
	w.t.Helper()
	before := len(w.slack.Messages("response"))
	w.ask(l, "UOPERATOR", text)
	m := w.slack.Messages("response")[before]
	return m.Text + " " + fmt.Sprintf("%q", fmt.Sprint(m.Blocks))
}

func TestAGraph(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.historians(2)
		w.renderer(5 * time.Second)
		l := w.start()
		time.Sleep(time.Second)
		if said := w.saying(l, "graph latency.p99 vs 1w"); !strings.Contains(said, "latency.p99: 159 ms") || !strings.Contains(said, "█") {
			t.Errorf("first: %q", said)
		}
		time.Sleep(20 * time.Second)
		said := w.slack.Messages("response")
		if len(said) != 2 || !shows(said[1], "slack_file") || !shows(said[1], "now 159 ms") || !shows(said[1], "no history of a week before") {
			t.Errorf("then: %v", texts(said))
		}
		l.command("UOPERATOR", "share graph latency.p99")
		time.Sleep(2 * time.Second)
		m := w.one(ops)
		if shows(m, "slack_file") || !shows(m, "█") {
			t.Errorf("shared first: %v", m)
		}
		time.Sleep(20 * time.Second)
		if m := w.one(ops); !shows(m, "slack_file") || !shows(m, "█") || !shows(m, "uoperator asked: ") {
			t.Errorf("shared then: %v", m.Blocks)
		}
	})
}

// A picture that Slack does not take for one person is told in words.
func TestAGraphThatSlackRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.historians(2)
		w.renderer(5 * time.Second)
		l := w.start()
		time.Sleep(time.Second)
		w.slack.SetFault(func(c chattest.Call) chattest.Fault {
			if strings.Contains(c.Form.Get("blocks"), "slack_file") || c.Method == "response" && strings.Contains(fmt.Sprint(c.Form), "slack_file") {
				return chattest.Fault{Err: "invalid_blocks"}
			}
			return chattest.Fault{}
		})
		l.command("UOPERATOR", "graph latency.p99")
		time.Sleep(30 * time.Second)
		said := w.slack.Messages("response")
		if len(said) != 2 || shows(said[1], "slack_file") || !shows(said[1], "now 159 ms") || !shows(said[1], "did not show the picture") {
			t.Errorf("%v", said)
		}
	})
}

func TestAnswersComeInThreeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.stalled()
		w.policy("slow")
		l := w.start()
		w.publish(incident("inc1abcdef", 1))
		time.Sleep(2 * time.Second)
		for _, text := range []string{"status", "status mine", "incidents", "graph latency.p99", "top latency.p99", "query latency.p99", "why inc1", "whynot slow",
			"whynot slow web-1", "policy show slow", "policy test slow", "help latency.p99", "ack inc1", "share incidents"} {
			began := time.Now()
			l.command("UOPERATOR", text)
			w.within(3*time.Second, "an answer to "+text, func() bool {
				return len(w.slack.Messages("response")) > 0 || len(w.slack.Roots(ops)) > 1
			})
			if d := time.Since(began); d > 3*time.Second {
				t.Errorf("%q after %s", text, d)
			}
			time.Sleep(time.Minute) // what follows is told too
			for _, m := range w.slack.Messages("response") {
				w.slack.Delete(m.TS)
			}
		}
	})
}

func TestAnswersStayWithinTheChatsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.policy("slow")
		l := w.start()
		long := strings.Repeat("x", 2900)
		for i := range 60 {
			c := incident(fmt.Sprintf("inc%04d", i), 1)
			c.Summary = long
			c.Labels = append(c.Labels, &eventv1.Label{Name: "host", Value: long})
			w.live = append(w.live, c)
			w.publish(c)
		}
		w.historians(1500)
		time.Sleep(10 * time.Second)
		for _, text := range []string{"incidents", "top latency.p99 1000", "query latency.p99", "graph latency.p99", "why inc0001", "whynot slow", "policy show slow",
			"help " + long, "ack " + long, "policy show " + long, "top " + long, "why " + long, "whynot " + long, "run " + long + " a=b", "query x a=" + long,
			"graph " + long + " 1h vs 1h", "feedback " + long + " noise", "silence a=" + long + " 1h " + long, "silences", "nosuch" + long, "policy mute slow 1h " + long,
			"unsilence " + long, "incidents host=" + long, "freeze " + long} {
			w.saying(l, text)
		}
		if faults := w.slack.Faults(); len(faults) > 0 {
			t.Errorf("refused by the chat: %q", faults[:min(len(faults), 5)])
		}
	})
}
