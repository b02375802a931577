package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/explain"
	"github.com/parley-ops/parley/services/internal/label"
)

type incidentWhynotCmd struct {
	Policy string   `arg:"" help:"The policy."`
	What   []string `arg:"" optional:"" name:"resource" help:"A resource (a label's value, or its beginning), or label=value, label!=value, label=~regexp."`
}

// Help explains the command.
func (incidentWhynotCmd) Help() string {
	return `Why a policy has no incident: whether it is there and enabled, whether its scope
leaves the resource out, which condition does not hold and by how much, since
when one holds, whether data come; where it would be told, and what would hold
it back now: what it depends on, silences, maintenance, quiet hours, a channel's
limit. Of one that is open: where it is told, or what holds it back.

Examples:
  parley incident whynot checkout-slow
  parley incident whynot checkout-slow web-1
  parley incident whynot disk-full host=db-2 mount=/ --json`
}

// Run finds out and tells it.
func (c *incidentWhynotCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	q := explain.Question{Policy: c.Policy}
	for _, text := range c.What {
		if !strings.Contains(text, "=") {
			if q.Resource != "" {
				return usageError{errors.New("one resource, or label=value")}
			}
			q.Resource = text
			continue
		}
		m, err := label.ParseMatcher(text)
		if err != nil {
			return usageError{err}
		}
		q.Matchers = append(q.Matchers, m)
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	t, _, unknown := routesInForce(ctx, conn)
	if unknown == nil {
		q.Routing = t
	}
	n, err := explain.WhyNot(ctx, conn, q)
	switch {
	case errors.Is(err, explain.ErrNoAnswer):
		return &settingError{what: "no evaluator answers", fix: "it knows how policies stand: start one (docker-compose up -d evaluator), and see parley status"}
	case err != nil:
		return err
	case n.Why == explain.NoPolicy:
		return &settingError{what: n.Answer, fix: "parley policy list shows them"}
	}
	if unknown != nil {
		s.Note("where it would be told is not known: " + unknown.Error())
	}
	return s.Result(n, func() {
		s.Line(s.Paint(screen.Bold, n.Answer))
		showRows(s, n.Rows(time.Now(), clockNow))
	})
}
