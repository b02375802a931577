package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/label"
)

// incidentView is an incident in JSON.
type incidentView struct {
	ID          string            `json:"id"`
	Version     uint32            `json:"version"`
	State       string            `json:"state"`
	Reason      string            `json:"reason"`
	Detail      string            `json:"detail,omitempty"`
	Policy      string            `json:"policy"`
	Severity    string            `json:"severity"`
	Team        string            `json:"team,omitempty"`
	Labels      map[string]string `json:"labels"`
	Partition   uint32            `json:"partition"`
	At          *time.Time        `json:"at"`
	BeganAt     *time.Time        `json:"began_at"`
	OpenedAt    *time.Time        `json:"opened_at,omitempty"`
	ResolvedAt  *time.Time        `json:"resolved_at,omitempty"`
	Summary     string            `json:"summary"`
	Runbook     string            `json:"runbook,omitempty"`
	Channels    []string          `json:"channels,omitempty"`
	Actions     []string          `json:"actions,omitempty"`
	PreviousID  string            `json:"previous_id,omitempty"`
	Combination string            `json:"combination"`
	Conditions  []conditionView   `json:"conditions"`
	// Importance says how earlier ones ended; only of those that are open, and once
	// enough ended.
	Importance string `json:"importance,omitempty"`
}

type conditionView struct {
	Metric      string            `json:"metric"`
	Text        string            `json:"text"`
	Holds       bool              `json:"holds"`
	Since       *time.Time        `json:"since,omitempty"`
	Value       float64           `json:"value"`
	Threshold   *float64          `json:"threshold,omitempty"`
	Until       *float64          `json:"until,omitempty"`
	Peak        float64           `json:"peak"`
	Before      *float64          `json:"before,omitempty"`
	Unit        string            `json:"unit,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	SeriesCount uint32            `json:"series_count"`
}

func viewIncident(c *eventv1.IncidentChanged) incidentView {
	v := incidentView{ID: c.GetId(), Version: c.GetVersion(), State: enum(c.GetState(), "INCIDENT_STATE_"), Reason: enum(c.GetReason(), "INCIDENT_REASON_"),
		Detail: c.GetDetail(), Policy: c.GetPolicy(), Severity: enum(c.GetSeverity(), "SEVERITY_"), Team: c.GetTeam(),
		Labels: label.FromProto(c.GetLabels()).Map(), Partition: c.GetPartition(), At: at(c.GetAt()), BeganAt: at(c.GetBeganAt()),
		OpenedAt: at(c.GetOpenedAt()), ResolvedAt: at(c.GetResolvedAt()), Summary: c.GetSummary(), Runbook: c.GetRunbook(),
		Channels: c.GetChannels(), Actions: c.GetActions(), PreviousID: c.GetPreviousId(), Combination: c.GetCombination(), Conditions: []conditionView{}}
	for _, k := range c.GetConditions() {
		v.Conditions = append(v.Conditions, conditionView{Metric: k.GetMetric(), Text: k.GetText(), Holds: k.GetHolds(), Since: at(k.GetSince()),
			Value: k.GetValue(), Threshold: optional(k.GetThreshold(), k.GetHasThreshold()), Until: optional(k.GetUntil(), k.GetHasUntil()),
			Peak: k.GetPeak(), Before: optional(k.GetBefore(), k.GetHasBefore()), Unit: k.GetUnit(),
			Labels: label.FromProto(k.GetSeries().GetLabels()).Map(), SeriesCount: k.GetSeriesCount()})
	}
	return v
}

// runView is a run of an action in JSON.
type runView struct {
	RunID        string            `json:"run_id"`
	Version      uint32            `json:"version"`
	State        string            `json:"state"`
	Action       string            `json:"action"`
	Kind         string            `json:"kind,omitempty"`
	Plan         string            `json:"plan,omitempty"`
	Parameters   map[string]string `json:"parameters,omitempty"`
	DryRun       bool              `json:"dry_run"`
	IncidentID   string            `json:"incident_id,omitempty"`
	RequestedBy  string            `json:"requested_by,omitempty"`
	DecidedBy    string            `json:"decided_by,omitempty"`
	Approvers    []string          `json:"approvers,omitempty"`
	At           *time.Time        `json:"at"`
	RequestedAt  *time.Time        `json:"requested_at,omitempty"`
	StartedAt    *time.Time        `json:"started_at,omitempty"`
	FinishedAt   *time.Time        `json:"finished_at,omitempty"`
	ExpiresAt    *time.Time        `json:"expires_at,omitempty"`
	Result       string            `json:"result,omitempty"`
	Verification *verificationView `json:"verification,omitempty"`
}

type verificationView struct {
	Effect string     `json:"effect"`
	At     *time.Time `json:"at"`
	Before float64    `json:"before"`
	Now    float64    `json:"now"`
	Unit   string     `json:"unit,omitempty"`
	Text   string     `json:"text"`
}

func viewRun(r *eventv1.RunChanged) runView {
	v := runView{RunID: r.GetRunId(), Version: r.GetVersion(), State: enum(r.GetState(), "RUN_STATE_"), Action: r.GetAction(), Kind: r.GetKind(),
		Plan: r.GetPlan(), Parameters: r.GetParameters(), DryRun: r.GetDryRun(), IncidentID: r.GetIncident().GetId(),
		RequestedBy: personName(r.GetRequestedBy().GetPerson()), DecidedBy: personName(r.GetDecidedBy().GetPerson()), Approvers: r.GetApprovers(),
		At: at(r.GetAt()), RequestedAt: at(r.GetRequestedAt()), StartedAt: at(r.GetStartedAt()), FinishedAt: at(r.GetFinishedAt()),
		ExpiresAt: at(r.GetExpiresAt()), Result: r.GetResult()}
	if f := r.GetVerification(); f != nil {
		v.Verification = &verificationView{Effect: enum(f.GetEffect(), "EFFECT_"), At: at(f.GetAt()), Before: f.GetBefore(), Now: f.GetNow(), Unit: f.GetUnit(), Text: f.GetText()}
	}
	return v
}

func personName(p *eventv1.Person) string {
	if p.GetName() != "" {
		return p.GetName()
	}
	return p.GetId()
}

// enum returns an enum's value as people write it: "awaiting_approval".
func enum(e fmt.Stringer, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(e.String(), prefix))
}

// at returns the time, or nil when there is none.
func at(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	v := t.AsTime()
	return &v
}

func optional(v float64, has bool) *float64 {
	if !has {
		return nil
	}
	return &v
}

// labelText returns labels on one line: env=prod service=checkout.
func labelText(labels []*eventv1.Label) string {
	out := make([]string, 0, len(labels))
	for _, l := range label.FromProto(labels) {
		value := l.Value
		if value == "" || strings.ContainsAny(value, " \"'") {
			value = strconv.Quote(value)
		}
		out = append(out, l.Name+"="+value)
	}
	return strings.Join(out, " ")
}

// clock returns a time of day, with its date when that is not today's.
func clock(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}

func severityStyle(s eventv1.Severity) screen.Style {
	switch s {
	case eventv1.Severity_SEVERITY_CRITICAL:
		return screen.Red
	case eventv1.Severity_SEVERITY_WARNING:
		return screen.Yellow
	}
	return screen.Blue
}

func stateStyle(s eventv1.IncidentState) screen.Style {
	switch s {
	case eventv1.IncidentState_INCIDENT_STATE_OPEN:
		return screen.Red
	case eventv1.IncidentState_INCIDENT_STATE_RESOLVED:
		return screen.Green
	}
	return screen.Yellow
}
