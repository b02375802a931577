package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	silencing "github.com/parley-ops/parley/services/internal/lasting" // a function here has that name
)

type silenceCmd struct {
	Add    silenceAddCmd    `cmd:"" help:"Stop notifications for a while."`
	List   silenceListCmd   `cmd:"" help:"List silences."`
	Expire silenceExpireCmd `cmd:"" help:"End a silence now."`
}

type silenceAddCmd struct {
	Matcher  []string `name:"matcher" short:"m" sep:"none" help:"name=value, name!=value, name=~regexp or name!~regexp; all must match." placeholder:"MATCHER"`
	Policy   string   `name:"policy" help:"Incidents of this policy alone." placeholder:"NAME"`
	Incident string   `name:"incident" help:"This incident alone." placeholder:"ID"`
	For      interval `name:"for" help:"How long; without it until nothing that it is about is open, a day at most." placeholder:"DURATION"`
	Resolved bool     `name:"until-resolved" help:"Until nothing that it is about is open, at most as long as --for says, else 7d."`
	Comment  string   `name:"comment" help:"Why, for the others." required:"" placeholder:"TEXT"`
}

// Help explains the command.
func (silenceAddCmd) Help() string {
	return `A silence stops messages, not evaluation: incidents go on, and what is still
open when it ends is told then. Without a time it lasts until nothing that it is
about is open, a day at most, as in the chat.

Examples:
  parley silence add --incident 3f9a --comment "known, being fixed"
  parley silence add --matcher service=checkout --for 2h --comment "load test"
  parley silence add --matcher env!=prod --matcher 'host=~db-.*' --for 1d --comment "moving racks"
  parley silence add --matcher service=shop --until-resolved --for 3d --comment "waits for a part"
  parley silence add --policy disk-full --comment "being cleaned"`
}

// silenceView is a silence in JSON.
type silenceView struct {
	ID         string     `json:"id"`
	State      string     `json:"state"` // active, pending or expired
	Matchers   []string   `json:"matchers"`
	Policy     string     `json:"policy,omitempty"`
	IncidentID string     `json:"incident_id,omitempty"`
	Resolved   bool       `json:"until_resolved,omitempty"`
	StartsAt   *time.Time `json:"starts_at"`
	EndsAt     *time.Time `json:"ends_at"`
	Author     string     `json:"author"`
	Comment    string     `json:"comment"`
}

func viewSilence(v *eventv1.Silence, now time.Time) silenceView {
	out := silenceView{ID: v.GetId(), State: "active", Matchers: matcherTexts(v.GetMatchers()), Policy: v.GetPolicy(), IncidentID: v.GetIncidentId(), Resolved: v.GetUntilResolved(),
		StartsAt: at(v.GetStartsAt()), EndsAt: at(v.GetEndsAt()), Author: v.GetAuthor(), Comment: v.GetComment()}
	switch {
	case !v.GetEndsAt().AsTime().After(now):
		out.State = "expired"
	case v.GetStartsAt().AsTime().After(now):
		out.State = "pending"
	}
	return out
}

// matcherTexts writes matchers as people do.
func matcherTexts(all []*eventv1.Matcher) []string {
	out := []string{}
	for _, m := range all {
		out = append(out, label.Matcher{Label: m.GetLabel(), Op: label.Op(m.GetOp()), Value: m.GetValue()}.String())
	}
	return out
}

// silence returns what is asked for.
func (c *silenceAddCmd) silence(now time.Time) (*eventv1.Silence, error) {
	if len(c.Matcher) == 0 && c.Policy == "" && c.Incident == "" {
		return nil, errors.New("what is to be silent? give --matcher, --policy or --incident")
	}
	l, err := silencing.Of(c.For.span(), c.Resolved)
	if err != nil {
		return nil, fmt.Errorf("--for: %w", err)
	}
	matchers, err := label.ParseMatchers(c.Matcher)
	if err != nil {
		return nil, fmt.Errorf("--matcher: %w", err)
	}
	return &eventv1.Silence{Id: nuid.Next(), Matchers: matchers.Proto(), Policy: c.Policy, IncidentId: c.Incident,
		StartsAt: timestamppb.New(now), EndsAt: timestamppb.New(now.Add(l.For)), AskedFor: durationpb.New(l.For),
		UntilResolved: l.UntilResolved, Author: personName(person()), Comment: c.Comment}, nil
}

// Run gives the order and waits until the silence is there.
func (c *silenceAddCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	silence, err := c.silence(time.Now())
	if err != nil {
		return usageError{err}
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	if c.Incident != "" {
		incident, err := findIncident(ctx, conn, g, s, c.Incident)
		if err != nil {
			return err
		}
		silence.IncidentId = incident.GetId()
	}
	there := stored(conn, bus.Silences, silence.GetId(), func(v *eventv1.Silence) string {
		return fmt.Sprintf("silence %s until %s%s", v.GetId(), word(v.GetUntilResolved(), "what it is about is resolved, at the latest ", ""), clock(v.GetEndsAt().AsTime(), time.Now()))
	})
	order := &eventv1.Order{Order: &eventv1.Order_Silence{Silence: &eventv1.SilenceOrder{Silence: silence}}}
	return give(ctx, conn, g, s, "silence", silence.GetId(), order, there)
}
