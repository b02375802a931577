package main

import (
	"context"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/audit"
)

type auditHeadCmd struct{}

// Help explains the command.
func (auditHeadCmd) Help() string {
	return `One line, POSITION:HASH, that stands for every record up to there. Kept where who
runs the servers cannot change it (a mail, a ticket, another account), it proves
later that nothing before it was rewritten or cut off: parley audit verify --head.

Examples:
  parley audit head
  parley audit head | mail -s 'Parley audit head' auditors@example.org`
}

// headView is the head in JSON.
type headView struct {
	Head     string     `json:"head"`
	Position uint64     `json:"position"`
	At       *time.Time `json:"at,omitempty"`
}

// Run prints it.
func (auditHeadCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	heads, err := audit.Heads(ctx, conn)
	if err != nil {
		return err
	}
	var v headView
	if len(heads) > 0 {
		h := heads[len(heads)-1]
		at := h.GetAt().AsTime()
		v = headView{Head: audit.HeadText(h), Position: h.GetPosition(), At: &at}
	}
	return s.Result(v, func() {
		if v.Position == 0 {
			s.Note("the audit has no record yet")
			return
		}
		s.Line(v.Head)
	})
}
