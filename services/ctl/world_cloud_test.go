package main

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// cloud is what collectors say of an account, and the evaluator of its policies.
func (w *world) cloud() error {
	collector, err := w.conn("collector")
	if err != nil {
		return err
	}
	now := time.Now()
	for key, c := range map[string]*eventv1.WatchCost{
		"111122223333.eu-west-1": {Region: "eu-west-1", Series: 400, Usd: 1.1, ForecastUsd: 5.4, BudgetUsd: 5, Stretch: 1.5, StreamUsd: 2.2, Lag: durationpb.New(150 * time.Second),
			Policies: []*eventv1.PolicyCost{{Policy: "aws-ec2-cpu", Series: 300, UsdPerMonth: 4.2}, {Policy: "aws-rds-cpu", Series: 100, UsdPerMonth: 0.001}}},
		"111122223333.us-east-1": {Region: "us-east-1", Series: 10, Usd: 0.4, ForecastUsd: 0.6, Problem: "the credentials have expired; sign in again",
			Policies: []*eventv1.PolicyCost{{Policy: "aws-ec2-cpu", Series: 10, UsdPerMonth: 0.3}}},
		"999999999999.us-east-1": {Region: "us-east-1", Usd: 77, Month: "2020-01"}, // was watched once
	} {
		c.Account, c.AccountName, c.At = key[:12], "shop", timestamppb.New(now)
		if c.Month == "" {
			c.Month = now.UTC().Format("2006-01")
		}
		if _, err := bus.WatchCosts.Put(w.ctx, collector, key, c); err != nil {
			return err
		}
	}
	evaluator, err := w.conn("evaluator")
	if err != nil {
		return err
	}
	needs := &eventv1.Needs{Needs: []*eventv1.Need{{Policy: "aws-ec2-cpu", Metric: "aws.ec2.cpu_utilization"}, {Policy: "host-cpu", Metric: "host.cpu"}}}
	_, err = bus.PolicyNeeds.Put(w.ctx, evaluator, "current", needs)
	return err
}
