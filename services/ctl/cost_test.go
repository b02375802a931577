package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	idle := func(id, name string, usd float64) *eventv1.IncidentChanged {
		c := &eventv1.IncidentChanged{Id: id, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, OpenedAt: timestamppb.New(now.Add(-time.Hour)),
			Labels: []*eventv1.Label{{Name: "account_name", Value: "shop"}, {Name: "name", Value: name}, {Name: "owner", Value: "ann"}, {Name: "region", Value: "eu-west-1"}, {Name: "resource", Value: "i-1"}},
			Conditions: []*eventv1.ConditionState{{Metric: "aws.waste.idle_instance.usd_month", Value: usd, ValueAt: timestamppb.New(now)},
				{Metric: "aws.waste.idle_instance.hours", Value: 216, ValueAt: timestamppb.New(now)}}}
		if usd == 0 {
			c.Conditions = c.Conditions[1:]
		}
		return c
	}
	f := func(v moneyView, lines ...string) {
		t.Helper()
		var out bytes.Buffer
		showMoney(screen.New(nil, &out, &out), v)
		for _, want := range lines {
			if !strings.Contains(out.String(), want) {
				t.Errorf("no %q in\n%s", want, out.String())
			}
		}
	}
	f(money(nil, nil, 0, now), "Nothing is paid for and not used", "nothing was saved", "list price")
	run := &eventv1.RunChanged{RunId: "r", State: eventv1.RunState_RUN_STATE_DONE, FinishedAt: timestamppb.New(now.Add(-100 * time.Hour)), SavingUsdPerHour: 0.428}
	v := money([]*eventv1.IncidentChanged{idle("3f9a27c1d0", "batch-report", 312.4), idle("4f9a27c1d0", "odd", 0), {Id: "x", State: eventv1.IncidentState_INCIDENT_STATE_OPEN}}, []*eventv1.RunChanged{run}, 1.5, now)
	f(v, "Paid for and not used: 2 things, about $312 a month.", "$312  batch-report", "idle instance", "9d", "ann", "shop eu-west-1", "3f9a27c1", "unknown  odd",
		"Saved this month: $43; since 18 Nov 2026: $43. What is stopped now saves $0.43 an hour.")
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"unpriced":1`, `"usd_month":312.4`, `"hours":216`, `"watching_usd":1.5`, `"owner":"ann"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
	f(money([]*eventv1.IncidentChanged{idle("4f9a27c1d0", "odd", 0)}, nil, 0, now), "1 thing of unknown price")
}
