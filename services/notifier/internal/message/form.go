package message

import (
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// The forms, by their callbacks.
const (
	AssignForm  = "assign"
	CommentForm = "acknowledge"
	VerdictForm = "verdict"
)

// About is what a form is about and where it was opened, kept in its metadata:
// an incident's id, a channel, a policy or silence.
type About struct{ Incident, Channel, Of string }

// String returns it as metadata.
func (a About) String() string { return a.Incident + " " + a.Channel + " " + a.Of }

// ReadAbout reads metadata.
func ReadAbout(s string) About {
	parts := append(strings.SplitN(s, " ", 3), "", "", "")
	return About{parts[0], parts[1], parts[2]}
}

// Assign is the form that asks whose an incident is to be.
func Assign(r *record.Record, me record.Who, channel string) chat.Form {
	first := me.ID
	f := chat.Form{Callback: AssignForm, Metadata: About{Incident: r.ID, Channel: channel}.String(), Title: "Assign", Submit: "Assign"}
	f.Fields = append(f.Fields, chat.Field{Kind: chat.Shown, ID: "about", Lines: chat.Lines{{chat.B(Cut(record.Finding(r.Incident()), 300))}}})
	if a := r.Assigned; a != nil {
		first = a.To.ID
		f.Fields = append(f.Fields, chat.Field{Kind: chat.Shown, ID: "now", Lines: chat.Lines{{chat.P("Now assigned to "), person(a.To), chat.P(" by "), person(a.By), chat.P(" since "), chat.T(a.At)}}})
	}
	f.Fields = append(f.Fields, chat.Field{ID: "who", Label: "To whom?", Hint: "They are mentioned in the thread. Take it yourself, and everybody sees that you are on it.", Kind: chat.Somebody, Initial: first, Optional: r.Assigned != nil})
	if r.Assigned != nil {
		f.Fields = append(f.Fields, chat.Field{ID: "nobody", Label: "Or", Kind: chat.Boxes, Optional: true, Options: []chat.Option{{Text: "Nobody: take the assignment back", Value: "yes"}}})
	}
	f.Fields = append(f.Fields, chat.Field{ID: "comment", Label: "A word to them", Optional: true})
	return f
}

// Comment is the form that asks what somebody does about an incident.
func Comment(r *record.Record, channel string) chat.Form {
	return chat.Form{Callback: CommentForm, Metadata: About{Incident: r.ID, Channel: channel}.String(), Title: "Acknowledge", Submit: "I am on it", Fields: []chat.Field{
		{Kind: chat.Shown, ID: "about", Lines: chat.Lines{{chat.B(Cut(record.Finding(r.Incident()), 300))}}},
		{ID: "comment", Label: "What are you doing about it?", Hint: "It stands in the message and the thread.", Kind: chat.Paragraph}}}
}

// Verdict is the form that asks whether an incident was worth its message.
func Verdict(r *record.Record, channel string) chat.Form {
	return chat.Form{Callback: VerdictForm, Metadata: About{Incident: r.ID, Channel: channel}.String(), Title: "Useful or noise?", Submit: "Say so", Fields: []chat.Field{
		{Kind: chat.Shown, ID: "about", Lines: chat.Lines{{chat.B(Cut(record.Finding(r.Incident()), 300))}}},
		{ID: "verdict", Label: "Was it worth this message?", Kind: chat.Choice, Initial: UsefulButton, Options: []chat.Option{
			{Text: "👍 Useful", Value: UsefulButton}, {Text: "👎 Noise", Value: NoiseButton}}},
		{ID: "comment", Label: "Why?", Hint: "Whoever looks after the policy reads it.", Optional: true}}}
}
