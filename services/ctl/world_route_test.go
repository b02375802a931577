package main

import (
	"encoding/json"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/oncall"
	"github.com/parley-ops/parley/services/notifier/route"
)

// routes puts there what a notifier says of its routes, a subscription and
// somebody who stands in.
func (w *world) routes() error {
	c, err := w.conn("notifier")
	if err != nil {
		return err
	}
	put := func(v bus.View[[]byte], key string, value any) {
		data, other := json.Marshal(value)
		if other == nil {
			_, other = v.Put(w.deadline(), c, key, data)
		}
		if err == nil {
			err = other
		}
	}
	now := time.Now()
	put(bus.RoutesInForce, "file", route.InForce{Default: "#ops", File: `
oncall: [{name: primary, members: ["@anna"], starts: 2026-01-05, zone: UTC}]
routes: [{match: {team: payments}, channels: ["#pay"]}]
dependencies: [{when: {policy: database-down}, suppresses: {policy: checkout-slow}}]`})
	put(bus.Subscriptions, "s1", route.Subscription{ID: "s1", Channel: "@U1", Matchers: []string{"severity=critical"}, By: "ada", At: now})
	put(bus.OncallOverrides, "o1", oncall.StandIn{Rotation: "primary", At: now, Override: oncall.Override{Who: "@ben", From: now.Add(-time.Hour), Until: now.Add(time.Hour)}})
	return err
}

// cause is an incident on which others depend.
func (w *world) cause() error {
	c, err := w.conn("notifier")
	if err != nil {
		return err
	}
	db := &eventv1.IncidentChanged{Id: "db1aaaaaaaaaaaaa", Policy: "database-down", Summary: "the database does not answer",
		State: eventv1.IncidentState_INCIDENT_STATE_OPEN, OpenedAt: timestamppb.New(time.Now().Add(-time.Minute))}
	if _, err := bus.IncidentCauses.Put(w.deadline(), c, db.GetId(), db); err != nil {
		return err
	}
	_, err = bus.Incidents.Put(w.deadline(), c, db.GetId(), []byte(`{"id":"db1aaaaaaaaaaaaa","places":[{"channel":"#db","root":{"ts":"1700000000.000200"}}]}`))
	return err
}
