package explain

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

// gathering is what is read of the notifier's record of many incidents that are
// told in one message: a storm's, a digest's, or of what belongs together.
type gathering struct {
	Channel, Text string
	At            time.Time
	Root          struct{ TS string }
	// Limit makes it a digest.
	Limit *struct {
		Messages int
		Per      time.Duration
	}
}

type member struct {
	ID  string `json:"i"`
	End int64  `json:"e"`
}

// where says in words which message that is.
func (g *gathering) where() string {
	switch {
	case g.Limit != nil:
		return "in the channel's digest"
	case g.Text != "":
		return "in one message with others of " + g.Text
	}
	return "in the message of a storm"
}

// why says why it is not told by itself.
func (g *gathering) why(channel string) Suppressed {
	s := Suppressed{Kind: "group", Channel: channel, At: g.At, Text: "told in one message with others, because more opened than the channel takes"}
	switch {
	case g.Limit != nil:
		s.Kind, s.Text = "digest", fmt.Sprintf("told in the channel's digest: its route takes %d new messages in %s", g.Limit.Messages, unit.Duration(g.Limit.Per))
	case g.Text != "":
		s.Text = "told in one message with others, which belong together: " + g.Text
	}
	return s
}

// gathered adds the messages for many that the incident is in, as any notifier
// recorded them.
func (w *Why) gathered(ctx context.Context, conn *bus.Conn, id string) error {
	if w.Recorded && !slices.ContainsFunc(w.Places, func(p Place) bool { return p.Group != "" }) {
		return nil
	}
	entries, err := bus.IncidentGroups.List(ctx, conn)
	if err != nil {
		return err
	}
	heads := map[string][]byte{}
	var in []string
	for _, e := range entries {
		if !bytes.HasPrefix(e.Value, []byte("[")) {
			heads[e.Key] = e.Value
			continue
		}
		var members []member
		if !bytes.Contains(e.Value, []byte(id)) || json.Unmarshal(e.Value, &members) != nil {
			continue
		}
		if i := strings.LastIndexByte(e.Key, '.'); i > 0 && slices.ContainsFunc(members, func(m member) bool { return m.ID == id }) {
			in = append(in, e.Key[:i])
		}
	}
	for i := range w.Places {
		if g := read(heads[w.Places[i].Group]); g != nil {
			w.Places[i].where = g.where()
		}
	}
	for _, key := range in {
		g := read(heads[key])
		if g == nil {
			continue
		}
		i := slices.IndexFunc(w.Places, func(p Place) bool { return p.Channel == g.Channel })
		if i < 0 {
			w.Places = append(w.Places, Place{Channel: g.Channel, Message: g.Root.TS, Group: key, where: g.where()})
		}
		why := g.why(g.Channel)
		if !slices.ContainsFunc(w.Suppressed, func(s Suppressed) bool { return s.Kind == why.Kind && s.Channel == why.Channel }) {
			w.Suppressed = append(w.Suppressed, why)
		}
	}
	return nil
}

// read returns nil for what there is no record of, or none that is understood.
func read(data []byte) *gathering {
	var g gathering
	if data == nil || json.Unmarshal(data, &g) != nil {
		return nil
	}
	return &g
}
