package main

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
)

// audit writes one record from before the chain and four in it, one of them
// twice.
func (w *world) audit() error {
	c, err := w.conn("actioner")
	if err != nil {
		return err
	}
	record := func(n int, id, who, what, target, run, reason string) *eventv1.AuditRecord {
		return &eventv1.AuditRecord{Id: id, At: timestamppb.New(w.began.Add(time.Duration(n) * time.Second)), What: what, Target: target, RunId: run, IncidentId: slowID,
			Reason: reason, Actor: &eventv1.Actor{Backend: "slack", Person: &eventv1.Person{Id: "U" + who, Name: who}}}
	}
	old := record(0, "old/1", "ann", "silenced", "s1", "", "")
	if _, err := bus.Publish(w.ctx, c, bus.Audit("chat", "s1"), old.GetId(), old); err != nil {
		return err
	}
	for _, r := range []*eventv1.AuditRecord{
		record(1, "slack/1", "ann", "acknowledged", slowID, "", "on it"),
		record(2, "run-1/1", "ann", "requested", "collect-garbage", "run-1", "incident of checkout-slow"),
		record(3, "run-1/2", "bob", "approved and started", "collect-garbage", "run-1", "incident of checkout-slow"),
		record(1, "slack/1", "ann", "acknowledged", slowID, "", "on it"),
		record(4, "slack/2", "carol", "resolved", slowID, "", "=SUM(A1)"),
	} {
		if err := audit.Write(w.ctx, c, bus.Audit("chat", r.GetTarget()), r); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) forgery() error {
	c, err := w.conn("actioner")
	if err != nil {
		return err
	}
	r := &eventv1.AuditRecord{Id: "forged", At: timestamppb.New(w.began), What: "approved"}
	_, err = bus.Publish(w.ctx, c, bus.Audit("chat", "x"), r.GetId(), r)
	return err
}

// told makes the notifier's records of two incidents, and of two messages for
// many.
func (w *world) told() error {
	c, err := w.conn("notifier")
	if err != nil {
		return err
	}
	until := timestamppb.New(time.Now().Add(time.Hour))
	s := &eventv1.Silence{Id: "s77", StartsAt: timestamppb.New(w.began), EndsAt: until, Author: "ann",
		Matchers: []*eventv1.Matcher{{Label: "service", Op: eventv1.Matcher_OP_EQUAL, Value: "checkout"}}}
	if _, err := bus.Silences.Put(w.ctx, c, s.GetId(), s); err != nil {
		return err
	}
	record := `{"mute":{"id":"s77","by":"ann","until":"` + until.AsTime().Format(time.RFC3339) + `"},"places":[
		{"channel":"#ops","root":{"ts":"1700000000.000100"}},{"channel":"#web","group":"web.1","root":{}},{"channel":"#away","note":"#away is archived","root":{}}]}`
	if _, err := bus.Incidents.Put(w.ctx, c, slowID, []byte(record)); err != nil {
		return err
	}
	for key, value := range map[string]string{
		"web.1": `{"channel":"#web","at":"` + w.began.Format(time.RFC3339) + `","root":{"ts":"1700000000.000200"}}`, "web.1.0": `[{"i":"` + slowID + `"}]`,
		"all.1":   `{"channel":"#all","at":"` + w.began.Format(time.RFC3339) + `","root":{"ts":"1700000000.000300"},"limit":{"messages":20,"per":3600000000000}}`,
		"all.1.0": `[{"i":"0000"}]`, "all.1.1": `[{"i":"0001"},{"i":"` + diskID + `"}]`,
	} {
		if _, err := bus.IncidentGroups.Put(w.ctx, c, key, []byte(value)); err != nil {
			return err
		}
	}
	_, err = bus.Incidents.Put(w.ctx, c, oldID, []byte(`{"held":true}`))
	return err
}
