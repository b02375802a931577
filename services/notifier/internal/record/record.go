package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/route"
)

// Record is one incident as the notifier knows it.
type Record struct {
	ID string `json:"id"`
	// Rev rises with every change that people should see.
	Rev uint64 `json:"rev"`
	// Change is the newest IncidentChanged, as protobuf.
	Change  []byte `json:"change,omitempty"`
	Version uint32 `json:"version"`
	// News is the version that last said something new, 0 in old records; At is
	// of the change that was last worth an edit.
	News uint32    `json:"news,omitempty"`
	At   time.Time `json:"at,omitzero"`
	Ack  *Ack      `json:"ack,omitempty"`
	// Assigned says whose it is; nil: nobody's.
	Assigned *Assignment `json:"assigned,omitempty"`
	Mute     *Mute       `json:"mute,omitempty"`
	Chart    *Chart      `json:"chart,omitempty"`
	Runs     []*Run      `json:"runs,omitempty"`
	Lines    []Line      `json:"lines,omitempty"`
	Places   []*Place    `json:"places"`
	// Closing is the summary that ends it; nil until it is over.
	Closing *Closing `json:"closing,omitempty"`
	// Held: it opened while silenced, so that there is no message.
	Held bool `json:"held,omitempty"`
	// Suppressed is why it was not told, not everywhere, or not at once.
	Suppressed []Suppression `json:"suppressed,omitempty"`
	// Question is where the policy's question to the owner stands; nil: it was
	// not asked.
	Question *Question `json:"question,omitempty"`
	// Feedback is what people think of it, one each.
	Feedback []Feedback `json:"feedback,omitempty"`
	// Cause is what it probably follows from; Dependents follow from it, and are
	// not told while it is open.
	Cause      *Cause      `json:"cause,omitempty"`
	Dependents []Dependent `json:"dependents,omitempty"`
	// Flap is how often the same opened of late; nil: only this once.
	Flap *Flap `json:"flap,omitempty"`
	// Autos are the decisions about actions that run by themselves.
	Autos []*Auto `json:"autos,omitempty"`
	// Digest makes it the record of a day's digest instead of an incident's.
	Digest *Digest `json:"digest,omitempty"`
	// Notice makes it the record of something said once.
	Notice *Notice `json:"notice,omitempty"`

	change *eventv1.IncidentChanged
}

// Who is a person: their id on a backend and their name.
type Who struct {
	Backend string `json:"backend,omitempty"`
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
}

// Ack says who works on it.
type Ack struct {
	By      Who       `json:"by"`
	At      time.Time `json:"at"`
	Comment string    `json:"comment,omitempty"`
}

// Mute is the silence that the message shows.
type Mute struct {
	ID    string    `json:"id"`
	Until time.Time `json:"until"`
	By    string    `json:"by"`
	// Maintenance is the name of the window that it is a span of.
	Maintenance string `json:"maintenance,omitempty"`
	// UntilResolved: it ends with the incident.
	UntilResolved bool `json:"until_resolved,omitempty"`
}

// Chart is the picture that the message is to show.
type Chart struct {
	Version uint32 `json:"version"`
	File    string `json:"file"`
	Alt     string `json:"alt,omitempty"`
	Title   string `json:"title,omitempty"`
	// At is when what it shows was judged.
	At time.Time `json:"at,omitzero"`
}

// Run is one execution of an action asked for on this incident.
type Run struct {
	ID     string    `json:"id"`
	Action string    `json:"action"`
	Title  string    `json:"title,omitempty"`
	By     Who       `json:"by"`
	At     time.Time `json:"at"`
	// Change is the newest RunChanged, as protobuf; none until the actioner
	// said something.
	Change  []byte `json:"change,omitempty"`
	Version uint32 `json:"version"`
	// Picture is the before-and-after chart, posted in the thread.
	Picture *Chart `json:"picture,omitempty"`
	// Rev of the record when this run last changed.
	Rev uint64 `json:"rev"`
	// UndoOf is the run that it is to undo.
	UndoOf string `json:"undo_of,omitempty"`
	// UndoOver: the time in which it could be undone has passed.
	UndoOver bool `json:"undo_over,omitempty"`
}

// Line is one entry of the incident's history.
type Line struct {
	At   time.Time `json:"at"`
	Icon string    `json:"icon,omitempty"`
	Text string    `json:"text"`
	By   *Who      `json:"by,omitempty"`
	// Until ends the line with a time, To with a person; After is what follows.
	Until time.Time `json:"until,omitzero"`
	To    *Who      `json:"to,omitempty"`
	After string    `json:"after,omitempty"`
	// Loud lines are worth a notification.
	Loud bool `json:"loud,omitempty"`
}

// Place is a channel that the incident is told in.
type Place struct {
	// Channel as routed: "#ops".
	Channel string `json:"channel"`
	// ID of the channel where it is really told.
	ID string `json:"id,omitempty"`
	// Note says why that is another one.
	Note string `json:"note,omitempty"`
	// Group is the key of the group's record whose message stands for it here.
	Group string `json:"group,omitempty"`
	// Leads: the group's message was its own, and shows its picture.
	Leads bool `json:"leads,omitempty"`
	// Moved is the incident that goes on in this message, which flaps; Taken: this
	// one took its message over.
	Moved string `json:"moved,omitempty"`
	Taken bool   `json:"taken,omitempty"`
	// Plan is what its route asks for, as it was when the incident came here;
	// Why says why it is told here, if that needs words.
	Plan *route.Plan `json:"plan,omitempty"`
	Why  string      `json:"why,omitempty"`
	// Waits: the first message waits for quiet hours to end. Told are those whom
	// it named.
	Waits time.Time `json:"waits,omitzero"`
	Told  []string  `json:"told,omitempty"`
	// Since is from when on it waits for somebody to acknowledge; Reminded and
	// Stepped when it was last reminded of and escalated, by Steps steps. Nags
	// numbers the pings.
	Since    time.Time `json:"since,omitzero"`
	Reminded time.Time `json:"reminded,omitzero"`
	Stepped  time.Time `json:"stepped,omitzero"`
	Steps    int       `json:"steps,omitempty"`
	Nags     int       `json:"nags,omitempty"`
	Pings    []Ping    `json:"pings,omitempty"`
	// Root is the message, Lines how many lines of history its thread has.
	Root    Sent             `json:"root"`
	Lines   int              `json:"lines,omitempty"`
	Lining  *Lining          `json:"lining,omitempty"`
	Replies map[string]*Sent `json:"replies,omitempty"`
}

// Lining is a reply with lines [Lines, To) of the history that is being posted.
type Lining struct {
	To    int   `json:"to"`
	Claim Claim `json:"claim"`
}

// Sent is one message of ours.
type Sent struct {
	TS string `json:"ts,omitempty"`
	// Rev that it shows.
	Rev   uint64 `json:"rev,omitempty"`
	Claim *Claim `json:"claim,omitempty"`
}

// Claim says who is posting a message. Since is when it was first tried: it
// cannot be older than that.
type Claim struct {
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Since time.Time `json:"since"`
}

// New returns the record of an incident of which nothing is known yet.
func New(id string) *Record { return &Record{ID: id} }

// Incident returns the newest change; nil if there is none.
func (r *Record) Incident() *eventv1.IncidentChanged {
	if r.change == nil && len(r.Change) > 0 {
		c := &eventv1.IncidentChanged{}
		if proto.Unmarshal(r.Change, c) == nil {
			r.change = c
		}
	}
	return r.change
}

// Open reports whether the incident is open.
func (r *Record) Open() bool {
	return r.Incident().GetState() == eventv1.IncidentState_INCIDENT_STATE_OPEN
}

// Place returns the place of a channel, made if it is not there.
func (r *Record) Place(channel string) *Place {
	for _, p := range r.Places {
		if p.Channel == channel {
			return p
		}
	}
	p := &Place{Channel: channel}
	r.Places = append(r.Places, p)
	return p
}

// Run returns the run, or nil.
func (r *Record) Run(id string) *Run {
	for _, run := range r.Runs {
		if run.ID == id {
			return run
		}
	}
	return nil
}

// Asked returns how many runs of an action were asked for.
func (r *Record) Asked(action string) int {
	n := 0
	for _, run := range r.Runs {
		if run.Action == action {
			n++
		}
	}
	return n
}

// NextRun returns the id of the next run of an action: the button's nonce. Two
// clicks on one button are one run.
func (r *Record) NextRun(action string) string { return RunID(r.ID, action, r.Asked(action)) }

// RunID returns the id of the n-th run (from 0) of an action on an incident.
func RunID(incident, action string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "run\x00%s\x00%s\x00%d", incident, action, n))
	return hex.EncodeToString(sum[:10])
}

// State returns the newest change of the run; nil if there is none.
func (r *Run) State() *eventv1.RunChanged {
	c := &eventv1.RunChanged{}
	if len(r.Change) == 0 || proto.Unmarshal(r.Change, c) != nil {
		return nil
	}
	return c
}

// Over reports whether nothing more will happen to the run but verification.
func (r *Run) Over() bool {
	switch r.State().GetState() {
	case eventv1.RunState_RUN_STATE_REFUSED, eventv1.RunState_RUN_STATE_REJECTED, eventv1.RunState_RUN_STATE_EXPIRED,
		eventv1.RunState_RUN_STATE_DONE, eventv1.RunState_RUN_STATE_FAILED, eventv1.RunState_RUN_STATE_UNKNOWN:
		return true
	}
	return false
}

// Mention returns how to write the person: the name, without a leading @.
func (w Who) Mention() string { return strings.TrimPrefix(w.Name, "@") }
