package message

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/internal/remedy"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// View is what a message is made of beside its record.
type View struct {
	// Actions are those that the actioner offers, by name.
	Actions map[string]*eventv1.ActionDocument
	// Key signs what buttons stand for; Channel is where the message is, by the
	// chat's id.
	Key     seal.Key
	Channel string
	Now     time.Time
	// Plans are what runs would do, by the run's id; none is known of others.
	Plans map[string]*eventv1.RunPlan
	// Scores are how often actions helped with incidents of this policy.
	Scores map[string]remedy.Score
	// Importance is what the ends of incidents before this one say of it.
	Importance evidence.Importance
	// Mentions are whom the first message names, as the chat knows them.
	Mentions []chat.Span
	// Deciders are those who are asked to approve a run, as the chat knows them;
	// none where they have been asked, or are asked too often.
	Deciders []chat.Span
	// Owner is whom the record's question names, as the chat knows them.
	Owner record.Who
	// Words are people's own for this incident and channel.
	Words Words
	// Previous is where the incident before this one can be read.
	Previous string
	// Before is how often the same was within seven days before; -1 if nobody
	// knows.
	Before int
}

// buttonsLast is how long a button counts after its message was written or
// edited last.
const buttonsLast = 7 * 24 * time.Hour

// value returns the signed value of a button. plan is the hash of the plan that
// is shown with it.
func (v View) value(r *record.Record, do, run, plan string) string {
	return v.Key.Sign(seal.Claim{Do: do, Incident: r.ID, Run: run, Plan: plan, Channel: v.Channel, Version: r.Version, Expires: v.Now.Add(buttonsLast)})
}
