package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

type auditShowCmd struct {
	ID string `arg:"" help:"Its id or the beginning of it, or its position in the chain."`
}

// Help explains the command.
func (auditShowCmd) Help() string {
	return `A record is found by its position, the # of parley audit list, or by its id.

Examples:
  parley audit show 1204
  parley audit show cli/8Zq --json | jq .labels`
}

// Run shows it.
func (c *auditShowCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	position, err := strconv.ParseUint(strings.TrimPrefix(c.ID, "#"), 10, 64)
	byPosition := err == nil
	var exact *auditView
	found := map[string]auditView{}
	err = readAudit(ctx, conn, stretch{}, func(r *eventv1.AuditRecord, sequence uint64, err error) error {
		switch {
		case err != nil:
		case byPosition && position > 0 && r.GetChain().GetPosition() == position, r.GetId() == c.ID:
			v := viewAudit(r, sequence)
			exact = &v
			return errEnough
		case strings.HasPrefix(r.GetId(), c.ID) && len(found) < 100:
			found[r.GetId()] = viewAudit(r, sequence)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if exact == nil {
		switch ids := slices.Sorted(maps.Keys(found)); len(ids) {
		case 0:
			return fmt.Errorf("no audit record %q\nsee them with parley audit list --since 400d", c.ID)
		case 1:
			v := found[ids[0]]
			exact = &v
		default:
			return usageError{fmt.Errorf("%q is the beginning of several: %s", c.ID, strings.Join(ids[:min(len(ids), 5)], ", "))}
		}
	}
	return s.Result(exact, func() { showRecord(s, *exact) })
}

func showRecord(s *screen.Screen, v auditView) {
	field := func(name, value string) {
		if value != "" {
			s.Line(fmt.Sprintf("%s %s", s.Paint(screen.Dim, fmt.Sprintf("%-10s", name)), value))
		}
	}
	who := v.Who
	if v.WhoID != "" && v.WhoID != v.Who {
		who += " (" + v.WhoID + ")"
	}
	if v.Backend != "" {
		who = strings.TrimSpace(who + " in " + v.Backend)
	}
	field("record", v.ID)
	field("at", v.At.UTC().Format(time.RFC3339))
	field("who", who)
	field("what", v.What)
	field("target", v.Target)
	field("incident", v.Incident)
	field("run", v.Run)
	field("reason", v.Reason)
	field("result", v.Result)
	for _, name := range slices.Sorted(maps.Keys(v.Labels)) {
		field("label", name+"="+v.Labels[name])
	}
	field("stored", fmt.Sprintf("AUDIT #%d", v.Sequence))
	if v.Position == 0 {
		field("position", "none: it is from before the chain")
		return
	}
	field("position", fmt.Sprint(v.Position))
	field("previous", v.Previous)
	field("hash", v.Hash)
}
