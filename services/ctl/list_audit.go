package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
)

type auditCmd struct {
	List   auditListCmd   `cmd:"" help:"List who did what, to what, and why."`
	Show   auditShowCmd   `cmd:"" help:"Show a record whole, with its hashes."`
	Verify auditVerifyCmd `cmd:"" help:"Prove that nothing was changed, removed, inserted or moved."`
	Export auditExportCmd `cmd:"" help:"Write records to a file that can be verified anywhere."`
	Head   auditHeadCmd   `cmd:"" help:"Print how far the audit has come, to be kept elsewhere."`
}

type auditListCmd struct {
	Since    interval `name:"since" help:"How far back; records are kept for 400 days." default:"7d" placeholder:"DURATION"`
	Who      string   `name:"who" help:"By this person: a part of their name or their id." placeholder:"PERSON"`
	What     string   `name:"what" help:"Of this doing: a part of the word." placeholder:"WORD"`
	Target   string   `name:"target" help:"About this: a part of what it was done to." placeholder:"TEXT"`
	Incident string   `name:"incident" help:"About this incident: its id or the beginning of it." placeholder:"ID"`
	RunID    string   `name:"run" help:"About this run: its id or the beginning of it." placeholder:"ID"`
	Limit    int      `name:"limit" help:"At most the newest so many; 0: all." default:"100" placeholder:"N"`
}

// Help explains the command.
func (auditListCmd) Help() string {
	return `Everything that people ask for in a chat or here, what became of it, and what
Parley does of itself: acknowledged, resolved, silenced and unsilenced, freezes,
owners asked, runs requested, refused, approved, rejected, started, done, verified,
undone, scheduled, and policies applied and deleted. The newest come last.

Examples:
  parley audit list
  parley audit list --since 90d --who ann --what approved
  parley audit list --incident 3f9a27c1
  parley audit list --json | jq -r '.records[] | [.at, .who, .what] | @tsv'`
}

// auditView is an audit record in JSON.
type auditView struct {
	// Position is its place in the chain; absent from before there was one.
	Position uint64            `json:"position,omitempty"`
	ID       string            `json:"id"`
	At       time.Time         `json:"at"`
	Who      string            `json:"who,omitempty"`
	WhoID    string            `json:"who_id,omitempty"`
	Backend  string            `json:"backend,omitempty"`
	What     string            `json:"what"`
	Target   string            `json:"target,omitempty"`
	Incident string            `json:"incident_id,omitempty"`
	Run      string            `json:"run_id,omitempty"`
	Reason   string            `json:"reason,omitempty"`
	Result   string            `json:"result,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Previous string            `json:"previous,omitempty"`
	Hash     string            `json:"hash,omitempty"`
	// Sequence is its place in the stream AUDIT.
	Sequence uint64 `json:"sequence"`
}

func viewAudit(r *eventv1.AuditRecord, sequence uint64) auditView {
	c := r.GetChain()
	v := auditView{Position: c.GetPosition(), ID: r.GetId(), At: r.GetAt().AsTime(), Who: audit.Who(r), WhoID: r.GetActor().GetPerson().GetId(),
		Backend: r.GetActor().GetBackend(), What: r.GetWhat(), Target: r.GetTarget(), Incident: r.GetIncidentId(), Run: r.GetRunId(),
		Reason: r.GetReason(), Result: r.GetResult(), Previous: fmt.Sprintf("%x", c.GetPrevious()), Hash: fmt.Sprintf("%x", c.GetHash()), Sequence: sequence}
	for _, l := range r.GetLabels() {
		if v.Labels == nil {
			v.Labels = map[string]string{}
		}
		v.Labels[l.GetName()] = l.GetValue()
	}
	return v
}

// holds reports whether the record is asked for.
func (c *auditListCmd) holds(v auditView) bool {
	has := func(part string, of ...string) bool {
		return strings.Contains(strings.ToLower(strings.Join(of, "\x00")), strings.ToLower(part))
	}
	return has(c.Who, v.Who, v.WhoID) && has(c.What, v.What) && has(c.Target, v.Target) &&
		strings.HasPrefix(v.Incident, c.Incident) && strings.HasPrefix(v.Run, c.RunID)
}

// Run lists them.
func (c *auditListCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	views, more, seen := []auditView{}, 0, map[string]bool{}
	err = readAudit(ctx, conn, stretch{Since: time.Now().Add(-c.Since.span())}, func(r *eventv1.AuditRecord, sequence uint64, err error) error {
		if err != nil || seen[r.GetId()] {
			return nil // a repeat is one record; verify speaks of what cannot be read
		}
		seen[r.GetId()] = true
		if v := viewAudit(r, sequence); c.holds(v) {
			views = append(views, v)
		}
		if c.Limit > 0 && len(views) > c.Limit {
			views, more = views[1:], more+1
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = s.Result(map[string]any{"records": views}, func() { showAudit(s, views) })
	if more > 0 {
		s.Note(fmt.Sprintf("%d older ones are not shown: --limit 0 shows all", more))
	}
	return err
}

func showAudit(s *screen.Screen, views []auditView) {
	if len(views) == 0 {
		s.Line("No record.")
		return
	}
	now := time.Now()
	t := &screen.Table{Head: []string{"#", "AT", "WHO", "WHAT", "TARGET", "REASON", "RESULT"}, Right: map[int]bool{0: true}, Flex: 5}
	for _, v := range views {
		position := "-"
		if v.Position > 0 {
			position = fmt.Sprint(v.Position)
		}
		line := func(text string) screen.Cell { return screen.C(strings.Join(strings.Fields(text), " ")) }
		t.Row(screen.C(position), screen.C(clock(v.At, now)), line(cmp.Or(v.Who, "-")), line(v.What), line(v.Target), line(v.Reason), line(v.Result))
	}
	s.Table(t)
}

// readAudit calls each with every record of a stretch of the audit, and with an
// error for what is there and is none.
func readAudit(ctx context.Context, conn *bus.Conn, part stretch, each func(r *eventv1.AuditRecord, sequence uint64, err error) error) error {
	return readLog(ctx, conn, bus.AuditLog, part, func(m *bus.Message[[]byte]) error {
		r := &eventv1.AuditRecord{}
		if err := proto.Unmarshal(m.Event, r); err != nil {
			return each(nil, m.Sequence, errors.New("it is no audit record: it was changed"))
		}
		return each(r, m.Sequence, nil)
	})
}
