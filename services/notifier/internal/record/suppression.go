package record

import "time"

// SuppressionKind is why an incident was not told, not there, or not then.
type SuppressionKind string

// The kinds of suppressions.
const (
	// BySilence: a person's silence.
	BySilence SuppressionKind = "silence"
	// ByQuiet: the channel's quiet hours; without mentions, or later.
	ByQuiet SuppressionKind = "quiet"
	// ByDigest: more messages than the channel's limit; it is in a digest.
	ByDigest SuppressionKind = "digest"
	// ByChannel: the channel cannot be written to; another was told.
	ByChannel SuppressionKind = "channel"
	// ByDependency: something that it depends on is the cause.
	ByDependency SuppressionKind = "dependency"
	// ByMaintenance: a maintenance window.
	ByMaintenance SuppressionKind = "maintenance"
	// ByFlapping: it opened and ended too often.
	ByFlapping SuppressionKind = "flapping"
	// ByGroup: it is told in the message of related incidents, or of a storm.
	ByGroup SuppressionKind = "group"
)

// Suppression says why an incident was not told, not there, or not then. It
// stays in the record when it is over: that is what answers "why did I not
// hear of it?".
type Suppression struct {
	Kind SuppressionKind `json:"kind"`
	// Channel it is about; empty: all.
	Channel string `json:"channel,omitempty"`
	// By is who or what: a silence's id, the incident or group that stands for
	// it, a route.
	By string    `json:"by,omitempty"`
	At time.Time `json:"at"`
	// Until is when it ends by itself, if that is known.
	Until time.Time `json:"until,omitzero"`
	// Over is when it ended.
	Over time.Time `json:"over,omitzero"`
	// Whose names it for people: a silence's author, a maintenance window.
	Whose string `json:"whose,omitempty"`
	// Text says it to people, in a sentence without its end.
	Text string `json:"text"`
}

// maxSuppressions bounds what a record keeps: the first and the newest.
const maxSuppressions = 30

// Suppress notes why it is not told. One that is in force already (of the same
// kind, channel and cause) is only brought up to date. It reports whether that
// changed the record.
func (r *Record) Suppress(s Suppression) bool {
	for i := range r.Suppressed {
		o := &r.Suppressed[i]
		if o.Kind != s.Kind || o.Channel != s.Channel || o.By != s.By || !o.Over.IsZero() {
			continue
		}
		if o.Until.Equal(s.Until) && o.Text == s.Text && o.Whose == s.Whose {
			return false
		}
		o.Until, o.Text, o.Whose = s.Until, s.Text, s.Whose
		return true
	}
	if len(r.Suppressed) >= maxSuppressions {
		r.Suppressed = append(r.Suppressed[:1], r.Suppressed[2:]...)
	}
	r.Suppressed = append(r.Suppressed, s)
	return true
}

// Unsuppress notes that suppressions of a kind in a channel ended. It reports
// whether any did.
func (r *Record) Unsuppress(kind SuppressionKind, channel string, at time.Time) bool {
	ended := false
	for i := range r.Suppressed {
		if s := &r.Suppressed[i]; s.Kind == kind && s.Channel == channel && s.Over.IsZero() {
			s.Over, ended = at, true
		}
	}
	return ended
}

// Suppressing returns the suppressions in force.
func (r *Record) Suppressing() []Suppression {
	var out []Suppression
	for _, s := range r.Suppressed {
		if s.Over.IsZero() {
			out = append(out, s)
		}
	}
	return out
}
