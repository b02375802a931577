package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

// whyView says how an incident came about and where it was told: the JSON of
// `incident show --why`. Its values are those of the conditions beside it.
type whyView struct {
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
	Held    bool         `json:"held"`
	Silence *silencing   `json:"silence,omitempty"`
	Places  []placeTold  `json:"places"`
	Owner   *ownerAsking `json:"owner,omitempty"`
}

// silencing is the silence that keeps the incident quiet.
type silencing struct {
	ID    string     `json:"id"`
	By    string     `json:"by,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	// Is says what it is about, while it is there.
	Is string `json:"is,omitempty"`
}

// placeTold is a channel and what stands for the incident there.
type placeTold struct {
	Channel string `json:"channel"`
	// Message is its id in the chat; absent when it was not sent.
	Message string `json:"message,omitempty"`
	// Group is the storm in whose message it is counted.
	Group string `json:"group,omitempty"`
	Note  string `json:"note,omitempty"`
}

type ownerAsking struct {
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
	Question *struct{ Asked, Lapsed time.Time }
}

// explain says why an incident is there and what became of its notification,
// from what is recorded.
func explain(ctx context.Context, conn *bus.Conn, i *eventv1.IncidentChanged) (*whyView, error) {
	w := &whyView{Judged: []string{}, DataAgeSeconds: i.GetDataAge().AsDuration().Seconds(), PolicySet: i.GetPolicyDigest(), RoutedBy: "routes", Places: []placeTold{}}
	for _, k := range i.GetConditions() {
		w.Judged = append(w.Judged, judged(k))
	}
	if len(i.GetChannels()) > 0 {
		w.RoutedBy = "policy"
	}
	p, err := bus.Policies.Get(ctx, conn, i.GetPolicy())
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		w.PolicyRevision, w.PolicyBy, w.PolicyAt = p.Revision, cmp.Or(p.Value.GetAuthor(), word(p.Value.GetOrigin() == originFile, "the evaluator's folder", "")), at(p.Value.GetAt())
		w.PolicyChanged = w.PolicyAt != nil && w.PolicyAt.After(i.GetAt().AsTime())
	}
	if ask := i.GetAsk(); ask != nil {
		w.Owner = &ownerAsking{Owner: ask.GetOwner()}
	}
	e, err := bus.Incidents.Get(ctx, conn, i.GetId())
	if errors.Is(err, bus.ErrNotFound) {
		return w, nil
	}
	if err != nil {
		return nil, err
	}
	var n noted
	if err := json.Unmarshal(e.Value, &n); err != nil {
		return nil, fmt.Errorf("the notifier's record of %s: %w", i.GetId(), err)
	}
	return w, w.told(ctx, conn, n)
}

// told takes over what the notifier noted.
func (w *whyView) told(ctx context.Context, conn *bus.Conn, n noted) error {
	w.Recorded, w.Held = true, n.Held
	for _, p := range n.Places {
		w.Places = append(w.Places, placeTold{Channel: p.Channel, Message: p.Root.TS, Group: p.Group, Note: p.Note})
	}
	if q := n.Question; q != nil && w.Owner != nil {
		w.Owner.Asked, w.Owner.Lapsed = unlessZero(q.Asked), unlessZero(q.Lapsed)
	}
	if n.Mute == nil {
		return nil
	}
	w.Silence = &silencing{ID: n.Mute.ID, By: n.Mute.By, Until: unlessZero(n.Mute.Until)}
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
	w.Silence.Is = viewSilence(s.Value, time.Now()).what()
	return nil
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// judged says how a condition stood, with value against threshold.
func judged(k *eventv1.ConditionState) string {
	text := fmt.Sprintf("%s is %s: %s", k.GetMetric(), unit.Format(k.GetValue(), k.GetUnit()), k.GetText())
	if k.GetHasThreshold() {
		text += ", threshold " + unit.Format(k.GetThreshold(), k.GetUnit())
	}
	if k.GetHasUntil() {
		text += ", recovers at " + unit.Format(k.GetUntil(), k.GetUnit())
	}
	if !k.GetHolds() {
		return text + "; does not hold"
	}
	if k.GetSince() != nil {
		text += "; holds since " + clock(k.GetSince().AsTime(), time.Now())
	}
	if n := k.GetSeriesCount(); n > 1 {
		text += fmt.Sprintf(", on %d series", n)
	}
	return text
}

// show writes it below the story.
func (w *whyView) show(s *screen.Screen, combination string) {
	s.Line("")
	line := func(name, text string) {
		s.Line(strings.TrimRight(fmt.Sprintf("  %s %s", s.Paint(screen.Dim, fmt.Sprintf("%-10s", name)), text), " "))
	}
	s.Line(s.Paint(screen.Bold, "Why"))
	for n, text := range w.Judged {
		line(word(n == 0, "judged", ""), text)
	}
	if len(w.Judged) > 1 {
		line("", "wanted: "+combination)
	}
	if w.DataAgeSeconds > 0 {
		line("data", span(time.Duration(w.DataAgeSeconds*float64(time.Second)))+" old when it was judged")
	}
	line("policy", w.policyText())
	line("channels", word(w.RoutedBy == "policy", "named by the policy", "chosen by the notifier's routes: the policy names none"))
	if w.Silence != nil {
		text := "silence " + w.Silence.ID
		if w.Silence.Is != "" {
			text += " (" + w.Silence.Is + ")"
		}
		if w.Silence.By != "" {
			text += " by " + w.Silence.By
		}
		if w.Silence.Until != nil {
			text += " until " + clock(*w.Silence.Until, time.Now())
		}
		line("silenced", text)
	}
	for _, t := range w.toldText() {
		line("told", t)
	}
	if o := w.Owner; o != nil {
		text := o.Owner + word(o.Asked == nil, " is asked first, and was not yet", " was asked")
		if o.Lapsed != nil {
			text += ", and did not answer until " + clock(*o.Lapsed, time.Now())
		}
		line("owner", text)
	}
}

func (w *whyView) policyText() string {
	if w.PolicyRevision == 0 {
		return "it is no more"
	}
	text := fmt.Sprintf("revision %d", w.PolicyRevision)
	if w.PolicyBy != "" {
		text += " by " + w.PolicyBy
	}
	if w.PolicyAt != nil {
		text += " of " + clock(*w.PolicyAt, time.Now())
	}
	if w.PolicyChanged {
		text += ": newer than what judged this incident"
	}
	return text
}

// toldText says what stands for the incident in each channel, or why nothing.
func (w *whyView) toldText() []string {
	var out []string
	for _, p := range w.Places {
		text := p.Channel + ": "
		switch {
		case p.Group != "":
			text += "in the message of a storm (" + p.Group + ")"
		case p.Message != "":
			text += "message " + p.Message
		default:
			text += "not sent yet"
		}
		if p.Note != "" {
			text += " (" + p.Note + ")"
		}
		out = append(out, text)
	}
	switch {
	case len(out) > 0:
	case !w.Recorded:
		out = append(out, "nowhere by itself: it is pending, in the message of a storm, or on its way")
	case w.Held:
		out = append(out, "nowhere: it opened while it was silenced")
	default:
		out = append(out, "nowhere yet")
	}
	return out
}
