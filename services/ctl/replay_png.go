package main

import (
	"fmt"
	"os"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
	"github.com/parley-ops/parley/services/renderer"
)

// draw writes the picture of when incidents were open, and what changes.
func (c *policyReplayCmd) draw(read replayed, sides []*side, v *replayResult) error {
	of := &eventv1.Lives{Title: "Incidents of " + sides[0].name, Subtitle: count(v.Before.Incidents, "incident")}
	var after []rehearsal.Life
	if v.After != nil {
		of.Title, of.Subtitle = "What "+sides[1].name+" would change", strings.TrimSuffix(v.verdict(), ".")
		after = sides[1].told.Lives
	}
	of.Lanes = rehearsal.Lives(sides[0].told.Lives, after, v.After != nil, read.to)
	look := renderer.Defaults()
	look.Timezone = "Local" // as what is printed
	png, _, err := renderer.DrawLives(look, &eventv1.DrawQuery{From: timestamppb.New(read.from), To: timestamppb.New(read.to), Lives: of})
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.PNG, png, 0o644); err != nil {
		return fmt.Errorf("--png: %w", err)
	}
	return nil
}
