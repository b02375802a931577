package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/internal/bus"
)

// every is how often the folder is looked at.
const every = time.Second

// Catalog is what is offered now.
type Catalog struct {
	dir     string
	options declare.Options
	log     *slog.Logger

	digest [sha256.Size]byte // of what is in force
	seen   [sha256.Size]byte // of what was last looked at
	faulty bool
	now    atomic.Pointer[map[string]declare.Action]
}

// Open reads the folder; "" is an empty catalog. Its error is that the folder
// cannot be read, not that a file in it is wrong.
func Open(dir string, o declare.Options, log *slog.Logger) (*Catalog, error) {
	c := &Catalog{dir: dir, options: o, log: log}
	c.now.Store(&map[string]declare.Action{})
	if dir == "" {
		return c, nil
	}
	files, digest, err := c.look()
	if err != nil {
		return nil, err
	}
	c.digest, c.seen = digest, digest
	c.take(declare.ParseAll(files, c.options))
	return c, nil
}

// Get returns an action by name.
func (c *Catalog) Get(name string) (declare.Action, bool) {
	a, ok := (*c.now.Load())[name]
	return a, ok
}

// Len returns how many there are.
func (c *Catalog) Len() int { return len(*c.now.Load()) }

// look reads the folder.
func (c *Catalog) look() (files []declare.File, digest [sha256.Size]byte, err error) {
	files, err = declare.ReadFolder(os.DirFS(c.dir))
	if err != nil {
		return nil, digest, fmt.Errorf("read the folder of actions: %w", err)
	}
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s\x00%d\x00%s", f.Name, len(f.Data), f.Data)
	}
	return files, [sha256.Size]byte(h.Sum(nil)), nil
}

// follow takes in what changed in the folder, once it looks the same twice:
// files may be in the middle of being written. It reports whether it did.
func (c *Catalog) follow() (bool, error) {
	files, digest, err := c.look()
	if err != nil {
		return false, err
	}
	settled := digest == c.seen
	c.seen = digest
	if !settled || digest == c.digest {
		return false, nil
	}
	c.digest = digest
	c.take(declare.ParseAll(files, c.options))
	return true, nil
}

// take makes the actions the current ones. Those that a faulty file no longer
// has stay as they were.
func (c *Catalog) take(actions []declare.Action, problems []declare.Problem) {
	next := map[string]declare.Action{}
	for _, a := range actions {
		next[a.Name] = a
	}
	c.faulty = len(problems) > 0
	for _, p := range problems {
		c.log.Error("action file is faulty", "file", p.File, "line", p.Line, "column", p.Column, "err", p.Text)
	}
	for name, a := range *c.now.Load() {
		if _, there := next[name]; !there && slices.ContainsFunc(problems, func(p declare.Problem) bool { return p.File == a.File }) {
			next[name] = a
		}
	}
	c.now.Store(&next)
	c.log.Info("actions read", "actions", len(next), "problems", len(problems))
}

// Run follows the folder and keeps what is offered in the bucket the same,
// until ctx is done.
func (c *Catalog) Run(ctx context.Context, conn *bus.Conn) {
	told := false
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		if !told {
			err := c.publish(ctx, conn)
			told = err == nil
			if err != nil && ctx.Err() == nil {
				c.log.Warn("actions not yet offered", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if c.dir == "" {
			continue
		}
		changed, err := c.follow()
		if err != nil {
			c.log.Warn("actions not read again", "err", err)
		}
		told = told && !changed
	}
}

// publish writes what differs from what the bucket has.
func (c *Catalog) publish(ctx context.Context, conn *bus.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	entries, err := bus.ActionsOffered.List(ctx, conn)
	if err != nil {
		return err
	}
	now := *c.now.Load()
	there := map[string]*eventv1.ActionDocument{}
	for _, e := range entries {
		there[e.Key] = e.Value
		if _, ours := now[e.Key]; !ours && !c.faulty {
			if err := bus.ActionsOffered.Delete(ctx, conn, e.Key, e.Revision); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if d := Document(now[name]); !proto.Equal(d, there[name]) {
			if _, err := bus.ActionsOffered.Put(ctx, conn, name, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Document returns what others are told of an action.
func Document(a declare.Action) *eventv1.ActionDocument {
	d := &eventv1.ActionDocument{Name: a.Name, Kind: a.Kind, Title: a.Title, Confirm: a.Confirm, Description: strings.TrimSpace(a.Description),
		Style: a.Style, NeedsApproval: a.Approval != nil, Allow: a.Allow, Undo: a.Undo.Action}
	for _, p := range a.Parameters {
		if !p.Ask {
			continue
		}
		d.Form = d.Form || p.Form
		d.Parameters = append(d.Parameters, &eventv1.ActionParameter{Name: p.Name, Label: p.Label, Help: p.Help, OneOf: p.OneOf, Number: p.Number,
			Min: number(p.Min), Max: number(p.Max), Optional: p.Optional})
	}
	if a.Undo.Action != "" {
		d.UndoWithin = durationpb.New(a.Undo.Within)
	}
	return d
}

// number writes a bound; "" is none.
func number(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'g', -1, 64)
}
