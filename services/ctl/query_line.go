package main

import (
	"context"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// limit is a line that a chart shows, and on which side of it the breach is.
type limit struct {
	value *float64
	below bool
}

// threshold returns what was asked for, or what an open incident of the series
// is about, or what the most severe policy on it says. A chart without its line
// is better than none: what cannot be had is left out.
func (c *queryCmd) threshold(ctx context.Context, conn *bus.Conn, g *settings, v seriesView) limit {
	if c.Threshold != nil {
		return limit{value: c.Threshold}
	}
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	answers, _ := bus.QueryAll(ctx, conn, &eventv1.Query{Query: &eventv1.Query_Incidents{Incidents: &eventv1.IncidentQuery{IncludePending: true}}})
	for _, a := range answers {
		for _, i := range a.GetIncidents() {
			for _, k := range i.GetConditions() {
				if k.GetHasThreshold() && k.GetSeries().GetId() == v.history.GetSeries().GetId() {
					return limit{value: new(k.GetThreshold()), below: k.GetKind() == "below"}
				}
			}
		}
	}
	entries, err := policies(ctx, conn)
	if err != nil {
		return limit{}
	}
	return policyLine(entries, v)
}

// policyLine returns the threshold of the most severe policy on a series.
func policyLine(entries []bus.Entry[*eventv1.PolicyDocument], v seriesView) (line limit) {
	var severity eventv1.Severity
	labels := label.FromMap(v.Labels)
	for _, e := range entries {
		p, problems := policy.ParseOne(e.Key, e.Value.GetYaml())
		if len(problems) > 0 || !p.Enabled || !p.Scope.Match(labels) || p.Severity <= severity {
			continue
		}
		for i := range p.Conditions {
			k := &p.Conditions[i]
			if k.Metric == v.Name && k.Still() && (k.Kind == "above" || k.Kind == "below") {
				line, severity = limit{value: new(k.Params(v.Unit).At), below: k.Kind == "below"}, p.Severity
			}
		}
	}
	return line
}
