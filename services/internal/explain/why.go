package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/internal/unit"
)

// Why says how an incident came about and where it was told. Its
// values are those of the conditions beside it.
type Why struct {
	// Judged in words: each condition, with how long it has held.
	Judged []string `json:"judged"`
	// DataAgeSeconds is how old the newest data was when it was judged.
	DataAgeSeconds float64 `json:"data_age_seconds,omitempty"`
	// PolicySet is the digest of the policies that judged it.
	PolicySet string `json:"policy_set,omitempty"`
	// PolicyRevision is the policy's now; absent when it is no more.
	PolicyRevision uint64     `json:"policy_revision,omitempty"`
	PolicyBy       string     `json:"policy_by,omitempty"`
	PolicyAt       *time.Time `json:"policy_at,omitempty"`
	// PolicyChanged: it was applied after the incident's last change.
	PolicyChanged bool `json:"policy_changed"`
	// RoutedBy is policy or routes: who named the channels.
	RoutedBy string `json:"routed_by"`
	// Recorded: the notifier has a record of the incident. Without one it is not
	// told by itself: pending, in a group's message, or on its way.
	Recorded bool `json:"recorded"`
	// Held: it opened while silenced, so that there is no message.
	Held    bool       `json:"held"`
	Silence *Silencing `json:"silence,omitempty"`
	Places  []Place    `json:"places"`
	Owner   *Owner     `json:"owner,omitempty"`
	// Suppressed is why it was not told, not everywhere, or not at once.
	Suppressed []Suppressed `json:"suppressed,omitempty"`
	// Useful and Noise are how many people said so.
	Useful int `json:"useful,omitempty"`
	Noise  int `json:"noise,omitempty"`
	// Importance says how the ones before it ended; absent while that is not known.
	Importance string `json:"importance,omitempty"`
}

// Silencing is the silence that keeps the incident quiet.
type Silencing struct {
	ID    string     `json:"id"`
	By    string     `json:"by,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	// Is says what it is about, while it is there.
	Is string `json:"is,omitempty"`
	// Maintenance is the window's name, if it is one.
	Maintenance string `json:"maintenance,omitempty"`
}

// Place is a channel and what stands for the incident there.
type Place struct {
	Channel string `json:"channel"`
	// Message is its id in the chat; absent when it was not sent.
	Message string `json:"message,omitempty"`
	// Group is the message for many that it is in: a storm's, a digest, one of
	// what belongs together.
	Group string `json:"group,omitempty"`
	Note  string `json:"note,omitempty"`
	// where says in words which, if that is known.
	where string
}

// Suppressed is one reason why an incident was not told, not there or not then.
type Suppressed struct {
	Kind    string     `json:"kind"`
	Channel string     `json:"channel,omitempty"`
	At      time.Time  `json:"at"`
	Until   *time.Time `json:"until,omitempty"`
	// Over is when it ended; absent while it is in force.
	Over *time.Time `json:"over,omitempty"`
	Text string     `json:"text"`
}

// Owner is who was asked first.
type Owner struct {
	Owner  string     `json:"owner"`
	Asked  *time.Time `json:"asked,omitempty"`
	Lapsed *time.Time `json:"lapsed,omitempty"`
}

// noted is what is read of the notifier's record.
type noted struct {
	Held bool
	Mute *struct {
		ID, By        string
		Until         time.Time
		UntilResolved bool `json:"until_resolved"`
	}
	Places []struct {
		Channel, Note, Group string
		Root                 struct{ TS string }
	}
	Question   *struct{ Asked, Lapsed time.Time }
	Suppressed []struct {
		Kind, Channel, Text string
		At, Until, Over     time.Time
	}
	Feedback []struct{ Verdict string }
	Flap     *struct {
		Since, Over time.Time
		Count       int
	}
	// Change is the incident.
	Change []byte
}

// Clock writes a time for whoever reads.
type Clock func(time.Time) string

// Row is one line of an explanation: what it is about, and what there is to say.
type Row struct{ Name, Text string }

// Incident says why an incident is there and what became of its notification,
// from what is recorded.
func Incident(ctx context.Context, conn *bus.Conn, i *eventv1.IncidentChanged, clock Clock) (*Why, error) {
	w := &Why{Judged: []string{}, DataAgeSeconds: i.GetDataAge().AsDuration().Seconds(), PolicySet: i.GetPolicyDigest(), RoutedBy: "routes", Places: []Place{}}
	for _, k := range i.GetConditions() {
		w.Judged = append(w.Judged, judged(k, clock))
	}
	if len(i.GetChannels()) > 0 {
		w.RoutedBy = "policy"
	}
	p, err := bus.Policies.Get(ctx, conn, i.GetPolicy())
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		w.PolicyRevision, w.PolicyBy, w.PolicyAt = p.Revision, Author(p.Value), at(p.Value.GetAt())
		w.PolicyChanged = w.PolicyAt != nil && w.PolicyAt.After(i.GetAt().AsTime())
	}
	if ask := i.GetAsk(); ask != nil {
		w.Owner = &Owner{Owner: ask.GetOwner()}
	}
	e, err := bus.Evidences.Get(ctx, conn, evidence.Key(i.GetPolicy()))
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return nil, err
	}
	w.Importance = evidence.Of(e.Value, i, time.Now()).Words()
	return w, w.recorded(ctx, conn, i.GetId())
}

// recorded takes over what notifiers know of an incident.
func (w *Why) recorded(ctx context.Context, conn *bus.Conn, id string) error {
	n, err := noteOf(ctx, conn, id)
	if err == nil && n != nil {
		err = w.told(ctx, conn, n)
	}
	if err != nil {
		return err
	}
	return w.gathered(ctx, conn, id)
}

// noteOf reads the notifier's record of an incident; nil if there is none.
func noteOf(ctx context.Context, conn *bus.Conn, id string) (*noted, error) {
	e, err := bus.Incidents.Get(ctx, conn, id)
	if errors.Is(err, bus.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var n noted
	if err := json.Unmarshal(e.Value, &n); err != nil {
		return nil, fmt.Errorf("the notifier's record of %s: %w", id, err)
	}
	return &n, nil
}

// told takes over what the notifier noted.
func (w *Why) told(ctx context.Context, conn *bus.Conn, n *noted) error {
	w.Recorded, w.Held = true, n.Held
	for _, p := range n.Places {
		w.Places = append(w.Places, Place{Channel: p.Channel, Message: p.Root.TS, Group: p.Group, Note: p.Note})
	}
	for _, s := range n.Suppressed {
		w.Suppressed = append(w.Suppressed, Suppressed{Kind: s.Kind, Channel: s.Channel, At: s.At, Until: unlessZero(s.Until), Over: unlessZero(s.Over), Text: s.Text})
	}
	for _, f := range n.Feedback {
		if f.Verdict == "noise" {
			w.Noise++
		} else {
			w.Useful++
		}
	}
	if q := n.Question; q != nil && w.Owner != nil {
		w.Owner.Asked, w.Owner.Lapsed = unlessZero(q.Asked), unlessZero(q.Lapsed)
	}
	if n.Mute == nil {
		return nil
	}
	w.Silence = &Silencing{ID: n.Mute.ID, By: n.Mute.By, Until: unlessZero(n.Mute.Until)}
	if n.Mute.UntilResolved {
		w.Silence.Until = nil
	}
	s, err := bus.Silences.Get(ctx, conn, bus.Token(n.Mute.ID))
	if errors.Is(err, bus.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	w.Silence.Is = About(s.Value)
	return nil
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// judged says how a condition stood, with value against threshold.
func judged(k *eventv1.ConditionState, clock Clock) string {
	text := fmt.Sprintf("%s is %s: %s", k.GetMetric(), unit.Format(k.GetValue(), k.GetUnit()), k.GetText())
	if k.GetNote() != "" {
		text += " (" + k.GetNote() + ")"
	}
	if k.GetHasThreshold() {
		text += ", threshold " + unit.Format(k.GetThreshold(), k.GetUnit())
	}
	if k.GetHasUntil() {
		text += ", recovers at " + unit.Format(k.GetUntil(), k.GetUnit())
	}
	if k.GetValueAt() != nil {
		text += ", measured " + clock(k.GetValueAt().AsTime())
	}
	if !k.GetHolds() {
		return text + "; does not hold"
	}
	if k.GetSince() != nil {
		text += "; holds since " + clock(k.GetSince().AsTime())
	}
	if n := k.GetSeriesCount(); n > 1 {
		text += fmt.Sprintf(", on %d series", n)
	}
	return text
}
