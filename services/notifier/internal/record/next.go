package record

import (
	"fmt"
	"slices"
	"time"
)

// StepKind is what to do next at a place.
type StepKind int

// The kinds of steps.
const (
	// Nothing: the place shows what it should.
	Nothing StepKind = iota
	// PostRoot posts the incident's message.
	PostRoot
	// UpdateRoot edits it.
	UpdateRoot
	// PostLines replies in its thread with lines of the history.
	PostLines
	// PostReply replies with a run or with a run's picture.
	PostReply
	// UpdateReply edits that.
	UpdateReply
)

// Posts reports whether the step makes a new message.
func (k StepKind) Posts() bool { return k == PostRoot || k == PostLines || k == PostReply }

// Step is one message to send.
type Step struct {
	Kind StepKind
	// Part names the message: its metadata, by which it can be found again.
	Part string
	// Run is set for replies about a run.
	Run *Run
	// Ping is set for a reply that is to disturb people.
	Ping *Ping
	// Picture: the reply is the run's picture.
	Picture bool
	// Closing: the reply is the incident's summary.
	Closing bool
	// From, To are the lines to post.
	From, To int
	// Sent is the message's state in the record.
	Sent *Sent
}

// RootPart names the incident's message.
const RootPart = "root"

// Next returns what is to be done at a place, the most urgent first. It is
// pure: the same record gives the same step.
func (r *Record) Next(p *Place) Step {
	inGroup := p.Group != "" || p.Moved != ""
	switch {
	case r.Held:
		return Step{}
	case !p.Waits.IsZero() && p.Root.TS == "" && p.Root.Claim == nil:
		return Step{}
	case !inGroup && p.Root.TS == "":
		return Step{Kind: PostRoot, Part: RootPart, Sent: &p.Root}
	case !inGroup && p.Root.Rev != r.Rev:
		return Step{Kind: UpdateRoot, Part: RootPart, Sent: &p.Root}
	}
	for _, run := range r.Runs {
		part := "run-" + run.ID
		told := r.Incident() == nil // the run is the message itself
		if s := p.Replies[part]; told {
		} else if run.Version > 0 && (s == nil || s.TS == "") {
			return Step{Kind: PostReply, Part: part, Run: run, Sent: s}
		} else if run.Version > 0 && s.Rev < run.Rev {
			return Step{Kind: UpdateReply, Part: part, Run: run, Sent: s}
		}
		part = "picture-" + run.ID
		if s := p.Replies[part]; run.Picture != nil && (s == nil || s.TS == "") {
			return Step{Kind: PostReply, Part: part, Run: run, Picture: true, Sent: s}
		}
	}
	for i := range p.Pings {
		ping := &p.Pings[i]
		if s := p.Replies[ping.Part]; !inGroup && (s == nil || s.TS == "") && r.wanted(*ping) {
			return Step{Kind: PostReply, Part: ping.Part, Ping: ping, Sent: s}
		}
	}
	switch {
	case p.Lining != nil:
		return Step{Kind: PostLines, Part: linesPart(p.Lines), From: p.Lines, To: p.Lining.To}
	case p.Lines < len(r.Lines):
		return Step{Kind: PostLines, Part: linesPart(p.Lines), From: p.Lines, To: min(len(r.Lines), p.Lines+20)}
	}
	return r.closing(p)
}

func linesPart(from int) string { return fmt.Sprintf("lines-%d", from) }

// Claim notes that by is about to post the step's message. It returns the
// claim as it stood before, nil if there was none.
func (r *Record) Claim(p *Place, s Step, by string, now time.Time) *Claim {
	at := &Claim{By: by, At: now, Since: now}
	if s.Kind == PostLines {
		if p.Lining == nil {
			p.Lining = &Lining{To: s.To, Claim: *at}
			return nil
		}
		before := p.Lining.Claim
		p.Lining.Claim = Claim{By: by, At: now, Since: before.Since}
		return &before
	}
	if s.Kind == PostRoot && p.Since.IsZero() {
		p.Since = now
	}
	sent := r.sent(p, s)
	before := sent.Claim
	if before != nil {
		at.Since = before.Since
	}
	sent.Claim = at
	return before
}

// Posted notes that the step's message exists and shows revision rev.
func (r *Record) Posted(p *Place, s Step, ts string, rev uint64) {
	if s.Kind == PostLines {
		p.Lines, p.Lining = s.To, nil
		return
	}
	*r.sent(p, s) = Sent{TS: ts, Rev: rev}
}

// Updated notes that the step's message was edited to show rev. before is what
// it showed when the edit began: if that changed meanwhile, another instance
// edited too and nobody knows whose came last, so that it has to be done anew.
// ts is its id from now on.
func (r *Record) Updated(p *Place, s Step, ts string, before, rev uint64) {
	sent := r.sent(p, s)
	if s.Sent == nil || s.Sent.TS == sent.TS { // not posted anew meanwhile
		sent.TS = ts
	}
	if sent.Rev == before {
		sent.Rev = rev
		return
	}
	sent.Rev = max(min(sent.Rev, rev), 1) - 1
}

// Lost notes that the step's message was deleted by somebody.
func (r *Record) Lost(p *Place, s Step) {
	if s.Kind == UpdateRoot || s.Kind == PostLines || s.Kind == PostReply {
		p.Root, p.Lining = Sent{}, nil
		p.Replies, p.Pings, p.Told = nil, nil, nil // nobody is disturbed again
		return
	}
	delete(p.Replies, s.Part)
}

func (r *Record) sent(p *Place, s Step) *Sent {
	if s.Kind == PostRoot || s.Kind == UpdateRoot {
		return &p.Root
	}
	if p.Replies == nil {
		p.Replies = map[string]*Sent{}
	}
	if p.Replies[s.Part] == nil {
		p.Replies[s.Part] = &Sent{}
	}
	return p.Replies[s.Part]
}

// Channels returns the channels it is told in.
func (r *Record) Channels() []string {
	var out []string
	for _, p := range r.Places {
		if !slices.Contains(out, p.Channel) {
			out = append(out, p.Channel)
		}
	}
	return out
}

// HasMessage reports whether it has or is to have a message of its own anywhere,
// or nobody knows yet where.
func (r *Record) HasMessage() bool {
	return len(r.Places) == 0 || slices.ContainsFunc(r.Places, func(p *Place) bool { return p.Group == "" && p.Moved == "" })
}

// Pictured reports whether a picture of it is to be seen anywhere: in a message
// of its own, or in a group's that it leads.
func (r *Record) Pictured() bool { return r.HasMessage() || r.Leads() }

// Leads reports whether it leads a group anywhere.
func (r *Record) Leads() bool {
	return slices.ContainsFunc(r.Places, func(p *Place) bool { return p.Group != "" && p.Leads })
}

// Clean reports whether nothing is left to be done anywhere.
func (r *Record) Clean() bool {
	for _, p := range r.Places {
		if r.Next(p).Kind != Nothing {
			return false
		}
	}
	return true
}
