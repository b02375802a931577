package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

const (
	slowID  = "3f9a27c1d0e4b5a6" // open, critical
	diskID  = "3fb0000000000001" // pending
	oldID   = "77aa000000000001" // resolved: in the log alone
	somePol = "- name: checkout-slow\n  when: {metric: latency.p99, above: 800}\n"
)

// seed puts something into the world:
//
//	evaluator  answers queries; has two incidents, their log, and history
//	notifier   carries out orders, as the person asks
//	services   every service announces itself
//	actions    offered, and an actioner that has run one
//	remedies   how often actions helped
//	plans      an actioner that says what runs would do
//	dead       dead letters of each sort
//	cloud      two regions of an account are watched, one has trouble; and what
//	           policies need
//	policies   one of the folder, one of the command line
//	samples    an hour of latency.p99, stored now, with a minute above 800
//	archive    the first 45 batches that are stored, in the folder archive
//	told       the notifier's records: one told, silenced and asked about
//	audit      what people did, in the audit's chain
//	troubled   a channel that only fails
//	forgery    a record put there around the chain
//	routes     who is told, as a notifier says; a subscription, a stand-in
//	cause      an open incident on which others depend, told in #db
func (w *world) seed(what string) error {
	switch what {
	case "evaluator":
		return w.evaluator()
	case "notifier":
		return w.notifier()
	case "services":
		for _, name := range []string{"collector", "evaluator", "renderer", "notifier", "actioner"} {
			c, err := w.conn(name)
			if err != nil {
				return err
			}
			if err := c.Announce("1.2.3", map[string]string{"instance": name + "-a"}); err != nil {
				return err
			}
			if err := c.NATS().FlushWithContext(w.deadline()); err != nil {
				return err
			}
		}
		return nil
	case "cause":
		return w.cause()
	case "routes":
		return w.routes()
	case "samples":
		return w.samples()
	case "archive":
		return w.archive()
	case "noise":
		return w.noise()
	case "actions":
		return w.actions()
	case "remedies":
		return w.remedies()
	case "plans":
		return w.plans()
	case "schedules":
		return w.schedules()
	case "dead":
		return w.dead()
	case "cloud":
		return w.cloud()
	case "told":
		return w.told()
	case "audit":
		return w.audit()
	case "forgery":
		return w.forgery()
	case "troubled":
		return w.troubled()
	case "policies":
		c, err := w.conn("evaluator")
		if err != nil {
			return err
		}
		for name, origin := range map[string]string{"checkout-slow": "cli", "disk-full": "file"} {
			d := &eventv1.PolicyDocument{Name: name, Yaml: somePol, Origin: origin, Author: "ann", At: timestamppb.New(w.began)}
			if _, err := bus.Policies.Put(w.ctx, c, name, d); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("seed %q: there is no such thing", what)
}

// deadline returns a context that flushes accept.
func (w *world) deadline() context.Context {
	ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
	context.AfterFunc(w.ctx, cancel)
	return ctx
}

func (w *world) incident(id, policy string, state eventv1.IncidentState, reason eventv1.IncidentReason) *eventv1.IncidentChanged {
	c := &eventv1.IncidentChanged{Id: id, Version: 1, State: state, Reason: reason, Policy: policy, Partition: 7,
		At: timestamppb.New(w.began), BeganAt: timestamppb.New(w.began), Severity: eventv1.Severity_SEVERITY_CRITICAL,
		Labels: label.New(label.Label{Name: "service", Value: "checkout"}).Proto(), Combination: "all",
		Summary: "p99 is 950 ms on checkout", Runbook: "https://example.org/runbooks/checkout", Channels: []string{"#ops"}, Actions: []string{"collect-garbage"},
		Conditions: []*eventv1.ConditionState{{Metric: "latency.p99", Text: "above 800 for 5 min", Kind: "above", Holds: true, Since: timestamppb.New(w.began),
			Value: 950, Threshold: 800, HasThreshold: true, Peak: 990, Before: 120, HasBefore: true, Unit: "ms", SeriesCount: 2, Series: latency()}}}
	if state != eventv1.IncidentState_INCIDENT_STATE_PENDING {
		c.OpenedAt = timestamppb.New(w.began.Add(time.Minute))
	}
	if state == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
		c.Version, c.At, c.ResolvedAt = 2, timestamppb.New(w.began.Add(3*time.Minute)), timestamppb.New(w.began.Add(3*time.Minute))
	}
	return c
}

func latency() *eventv1.SeriesRef {
	l := label.New(label.Label{Name: "service", Value: "checkout"}, label.Label{Name: "env", Value: "prod"})
	return &eventv1.SeriesRef{Id: label.Fingerprint("latency.p99", l), Name: "latency.p99", Labels: l.Proto(), Partition: 7}
}

// notifier carries out orders; a comment "refuse" is refused.
func (w *world) notifier() error {
	c, err := w.conn("notifier")
	if err != nil {
		return err
	}
	evaluator, err := w.conn("evaluator")
	if err != nil {
		return err
	}
	actioner, err := w.conn("actioner")
	if err != nil {
		return err
	}
	w.do(func() error {
		return bus.Consume(w.ctx, c, bus.NotifierInbound, func(ctx context.Context, m *bus.Message[*eventv1.Inbound]) error {
			o := m.Event.GetOrder()
			switch {
			case o.GetAcknowledge() != nil:
				if o.GetAcknowledge().GetComment() == "refuse" {
					return bus.Permanent(errors.New("no permission to acknowledge"))
				}
				record, err := json.Marshal(map[string]any{"ack": map[string]any{"by": map[string]string{"name": m.Event.GetPerson().GetName()},
					"at": time.Now(), "comment": o.GetAcknowledge().GetComment()}})
				if err == nil {
					_, err = bus.Incidents.Put(ctx, c, o.GetAcknowledge().GetIncidentId(), record)
				}
				return err
			case o.GetFeedback() != nil:
				return feedback(ctx, c, o.GetFeedback(), m.Event)
			case o.GetResolve() != nil:
				i := w.incident(o.GetResolve().GetIncidentId(), "checkout-slow", eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RESOLVED_BY_PERSON)
				_, err := bus.Publish(ctx, evaluator, bus.Alerts(7), "resolve/"+i.GetId(), &eventv1.IncidentBatch{Changes: []*eventv1.IncidentChanged{i}})
				return err
			case o.GetSilence() != nil:
				_, err := bus.Silences.Put(ctx, c, o.GetSilence().GetSilence().GetId(), o.GetSilence().GetSilence())
				return err
			case o.GetExpireSilence() != nil:
				return bus.Silences.Delete(ctx, c, o.GetExpireSilence().GetSilenceId(), 0)
			case o.GetMaintenance() != nil:
				_, err := bus.Maintenances.Put(ctx, c, o.GetMaintenance().GetMaintenance().GetId(), o.GetMaintenance().GetMaintenance())
				return err
			case o.GetEndMaintenance() != nil:
				e, err := bus.Maintenances.Get(ctx, c, o.GetEndMaintenance().GetMaintenanceId())
				if err != nil {
					return err
				}
				e.Value.EndedAt = timestamppb.Now()
				_, err = bus.Maintenances.Update(ctx, c, e.Key, e.Value, e.Revision)
				return err
			case o.GetExtendMaintenance() != nil:
				e, err := bus.Maintenances.Get(ctx, c, o.GetExtendMaintenance().GetMaintenanceId())
				if err != nil {
					return err
				}
				if e.Value.GetRecurrence() != nil {
					return bus.Permanent(errors.New("only what is once can be extended"))
				}
				e.Value.EndsAt = timestamppb.New(time.Now().Add(o.GetExtendMaintenance().GetFor().AsDuration()))
				_, err = bus.Maintenances.Update(ctx, c, e.Key, e.Value, e.Revision)
				return err
			case o.GetRun() != nil:
				return play(ctx, actioner, o.GetRun(), m.Event.GetPerson())
			case o.GetFreeze() != nil:
				return freezes(ctx, actioner, o.GetFreeze(), m.Event.GetPerson())
			case o.GetChatTest() != nil:
				return chatTest(ctx, c, o.GetChatTest(), m.Event.GetPerson())
			}
			return nil
		})
	})
	return nil
}

// feedback notes what a person thinks, in the notifier's record of the incident.
func feedback(ctx context.Context, c *bus.Conn, o *eventv1.FeedbackOrder, in *eventv1.Inbound) error {
	if o.GetComment() == "refuse" {
		return bus.Permanent(errors.New("There is no open incident"))
	}
	record, err := json.Marshal(map[string]any{"feedback": []map[string]any{{"verdict": "noise", "by": map[string]string{"backend": "slack", "name": "bob"}},
		{"verdict": o.GetVerdict(), "comment": o.GetComment(), "at": in.GetAt().AsTime(), "by": map[string]string{"backend": in.GetBackend(), "name": in.GetPerson().GetName()}}}})
	if err == nil {
		_, err = bus.Incidents.Put(ctx, c, o.GetIncidentId(), record)
	}
	return err
}

// play is an actioner that says at once all that will become of a run.
func play(ctx context.Context, actioner *bus.Conn, o *eventv1.RunOrder, by *eventv1.Person) error {
	run := &eventv1.RunChanged{RunId: o.GetRunId(), Action: o.GetAction(), Kind: "jvm-gc", DryRun: o.GetDryRun(), Parameters: o.GetParameters(), At: timestamppb.Now(),
		Plan: "ask the JVM to collect its garbage", Incident: &eventv1.IncidentChanged{Id: o.GetIncidentId()}, RequestedBy: &eventv1.Actor{Person: by}}
	states := []eventv1.RunState{eventv1.RunState_RUN_STATE_STARTED, eventv1.RunState_RUN_STATE_DONE}
	switch o.GetAction() {
	case "reboot":
		states = []eventv1.RunState{eventv1.RunState_RUN_STATE_REFUSED}
		run.Result = "it was run 10 s ago: cool-down 1 m"
	case "restart":
		states = []eventv1.RunState{eventv1.RunState_RUN_STATE_AWAITING_APPROVAL}
		run.Approvers = []string{"@ops"}
	}
	verified := o.GetAction() == "collect-garbage" && !o.GetDryRun()
	if verified {
		record := &eventv1.RunRecord{Run: run, VerifyUntil: timestamppb.New(time.Now().Add(time.Hour))}
		if _, err := bus.ActionRuns.Put(ctx, actioner, o.GetRunId(), record); err != nil {
			return err
		}
		states = append(states, eventv1.RunState_RUN_STATE_DONE)
	}
	for i, state := range states {
		run.Version, run.State = uint32(i+1), state
		if state == eventv1.RunState_RUN_STATE_DONE {
			run.Result = "collected 410 MiB"
		}
		if i == 2 {
			run.Verification = &eventv1.Verification{Effect: eventv1.Effect_EFFECT_RECOVERED, At: timestamppb.Now(), Before: 97, Now: 35, Unit: "%", Text: "recovered in 3 min: 97 % → 35 %"}
		}
		if _, err := bus.Publish(ctx, actioner, bus.Runs(o.GetRunId()), fmt.Sprintf("run/%s/%d", o.GetRunId(), i), proto.CloneOf(run)); err != nil {
			return err
		}
	}
	return nil
}

// freezes is an actioner that takes one person's word for everything.
func freezes(ctx context.Context, actioner *bus.Conn, o *eventv1.FreezeOrder, by *eventv1.Person) error {
	run := &eventv1.RunChanged{RunId: o.GetId(), Version: 1, Action: "freeze", State: eventv1.RunState_RUN_STATE_DONE, Result: "no action begins", RequestedBy: &eventv1.Actor{Person: by}}
	key := o.GetAccount()
	if key == "" {
		key = "all"
	}
	if o.GetThaw() {
		run.Action, run.State, run.Result = "thaw", eventv1.RunState_RUN_STATE_REFUSED, "a second person has to say so"
	} else if _, err := bus.Freezes.Put(ctx, actioner, key, &eventv1.Freeze{Account: o.GetAccount(), Reason: o.GetReason(), By: run.GetRequestedBy(), At: timestamppb.Now()}); err != nil {
		return err
	}
	_, err := bus.Publish(ctx, actioner, bus.Runs(o.GetId()), "run/"+o.GetId(), run)
	return err
}

// schedules keeps a start that is due in two days, and one that is overdue.
func (w *world) schedules() error {
	c, err := w.conn("actioner")
	if err != nil {
		return err
	}
	for id, in := range map[string]time.Duration{"run-1-until": 48*time.Hour + time.Minute, "run-2-until": -time.Minute} {
		s := &eventv1.Schedule{Due: timestamppb.New(time.Now().Add(in)), Text: "start-instance after stop-until-monday on i-1", MadeByRun: strings.TrimSuffix(id, "-until"),
			Request: &eventv1.RunRequested{RunId: id, Action: "start-instance"}}
		if _, err := bus.Schedules.Put(w.ctx, c, id, s); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) actions() error {
	c, err := w.conn("actioner")
	if err != nil {
		return err
	}
	for _, name := range []string{"collect-garbage", "reboot", "restart"} {
		a := &eventv1.ActionDocument{Name: name, Kind: "jvm-gc", Title: "Do " + name, Description: "Does " + name, NeedsApproval: name == "restart", Allow: []string{"@ops"}}
		if _, err := bus.ActionsOffered.Put(w.ctx, c, name, a); err != nil {
			return err
		}
	}
	return nil
}

// dead leaves bad JSON and bad bytes from a team, an order, and a batch of a log.
func (w *world) dead() error {
	collector, err := w.conn("collector")
	if err != nil {
		return err
	}
	notifier, err := w.conn("notifier")
	if err != nil {
		return err
	}
	order, err := proto.Marshal(&eventv1.Inbound{Id: "cli/1", Backend: "cli", Person: &eventv1.Person{Name: "ann"}})
	if err != nil {
		return err
	}
	for i, d := range []struct {
		conn                  *bus.Conn
		to, from, stream, why string
		body                  []byte
		header                map[string]string
	}{
		{collector, "dlq.ingest.demo", "metrics.custom.demo.x", "INGEST", "value: missing", []byte(`{"name":"x"}`), map[string]string{"Content-Type": "application/json"}},
		{collector, "dlq.ingest.demo", "metrics.custom.demo.y", "INGEST", "not a format that is known", []byte{0xff, 0, 1, 2}, nil},
		{notifier, "dlq.notifier.inbound", "inbound.cli.order", "INBOUND", "no such order", order, nil},
		{notifier, "dlq.notifier.alerts", "alerts.v1.07", "ALERTS", "the chat is on fire", []byte{}, nil},
	} {
		h := map[string]string{bus.HeaderReason: d.why, bus.HeaderSubject: d.from, bus.HeaderStream: d.stream, bus.HeaderSequence: "41", bus.HeaderAttempts: "3", bus.HeaderConsumer: "it"}
		for k, v := range d.header {
			h[k] = v
		}
		if _, err := bus.PublishWith(w.ctx, d.conn, bus.Subject[[]byte](d.to), "dead/"+strconv.Itoa(i), d.body, h); err != nil {
			return err
		}
	}
	return nil
}
