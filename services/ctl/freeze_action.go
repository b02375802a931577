package main

import (
	"context"
	"strings"
	"time"

	"github.com/nats-io/nuid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type actionFreezeCmd struct {
	Account string   `name:"account" help:"Only in this AWS account, by its 12 digits; without it: in all." placeholder:"ID"`
	Reason  []string `arg:"" optional:"" help:"Why, for whoever is refused."`
}

// Help explains the command.
func (actionFreezeCmd) Help() string {
	return `From then on no run begins, whoever asks; who does is told who froze what, when
and why. What runs already goes on. Two people together end it: parley action
thaw, or /parley thaw.

Examples:
  parley action freeze moving the data centre
  parley action freeze --account 111122223333 audit`
}

// Run gives the order and waits for its result.
func (c *actionFreezeCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	return freeze(ctx, g, s, &eventv1.FreezeOrder{Account: c.Account, Reason: strings.Join(c.Reason, " ")})
}

type actionThawCmd struct {
	Account string `name:"account" help:"The AWS account of the freeze; without it: the freeze of all." placeholder:"ID"`
}

// Help explains the command.
func (actionThawCmd) Help() string {
	return `The first person's word is noted and counts for an hour; a second person's, here
or with /parley thaw, ends the freeze.

Examples:
  parley action thaw
  parley action thaw --account 111122223333`
}

// Run gives the order and waits for its result.
func (c *actionThawCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	return freeze(ctx, g, s, &eventv1.FreezeOrder{Account: c.Account, Thaw: true})
}

// freeze gives the order and follows the run that it is.
func freeze(ctx context.Context, g *settings, s *screen.Screen, o *eventv1.FreezeOrder) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	o.Id = nuid.Next()
	r := &runWatch{conn: conn, id: o.GetId()}
	if r.next, err = endOf(ctx, conn, bus.RunsLog); err != nil {
		return err
	}
	_, err = place(ctx, conn, g, "freeze", r.id, &eventv1.Order{Order: &eventv1.Order_Freeze{Freeze: o}}, func(ctx context.Context) (string, error) {
		err := r.look(ctx)
		if r.run == nil {
			return "", err
		}
		return enum(r.run.GetState(), "RUN_STATE_"), err
	})
	if err != nil {
		return err
	}
	if err := r.follow(ctx, max(g.Timeout, 5*time.Second), false, s); err != nil {
		return err
	}
	if err := s.Result(viewRun(r.run), func() { showRun(s, r.run) }); err != nil {
		return err
	}
	if failed(r.run.GetState()) {
		return errSaid
	}
	return nil
}
