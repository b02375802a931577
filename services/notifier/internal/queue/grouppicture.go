package queue

import (
	"context"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// leading returns the record of the incident whose picture the group's message
// shows; nil if there is no picture. Another instance may have changed it: what is
// in memory is taken only if nothing else can be read.
func (l *lane) leading(ctx context.Context, g *group) *record.Record {
	if m := g.byID[g.head.Lead]; m == nil || m.Chart == "" {
		return nil
	}
	r, err := l.s.Store.Fresh(ctx, g.head.Lead)
	if err != nil {
		r, _ = l.s.Store.Get(ctx, g.head.Lead)
	}
	if r == nil || r.Chart == nil {
		return nil
	}
	return r
}

// groupPictureRefused waits a little, twice, and then has the message go on
// without the picture, as an incident's does.
func (l *lane) groupPictureRefused(ctx context.Context, g *group, refused error) error {
	if g.pictures++; g.pictures <= pictureTries {
		g.after = l.s.Now().Add(time.Duration(g.pictures) * 2 * time.Second)
		return nil
	}
	g.pictures = 0
	m := g.byID[g.head.Lead]
	if m == nil || m.Chart == "" {
		return refused
	}
	r, err := l.s.Store.Mutate(ctx, g.head.Lead, func(r *record.Record) error {
		if r.Chart == nil || r.Chart.File != m.Chart {
			return record.ErrUnchanged
		}
		r.Chart = nil
		r.Rev++
		return nil
	})
	if err != nil {
		return err
	}
	l.s.met.pictures.WithLabelValues("refused").Inc()
	l.s.Log.Warn("picture refused, the group's message goes on without it", "channel", l.channel, "group", g.key, "err", refused)
	return l.writeGroup(ctx, g, []*item{{id: r.ID, change: r.Incident(), rec: r}})
}
