package chat

import (
	"context"
	"time"
)

// Asker is a backend that can open a form.
type Asker interface {
	// Ask opens it for the person whose click or command the trigger came with.
	Ask(ctx context.Context, trigger string, f Form) error
	// Reask makes an open form show f; what was entered stays where a field
	// stays. hash, if set, is that of the form as the person saw it: a newer one
	// is left alone.
	Reask(ctx context.Context, viewID, hash string, f Form) error
}

// Form asks for a few things; its answer is a Submission event with the same
// callback and metadata.
type Form struct {
	Callback, Metadata, Title, Submit string
	Fields                            []Field
}

// Field is one entry of a form. Its value is in the answer under "ID/ID".
type Field struct {
	ID, Label, Hint string
	Kind            FieldKind
	// Initial is the value that it begins with; of Boxes those that are ticked,
	// with a line feed between them; of Moment Unix seconds.
	Initial  string
	Optional bool
	// Options of a Choice or Boxes.
	Options []Option
	// Live tells what is entered at once, by a Click event that carries the
	// form's values.
	Live bool
	// Lines are what a Shown says.
	Lines Lines
}

// FieldKind is what is entered in a field, and how.
type FieldKind int

// The kinds of fields.
const (
	// Words are one line of text.
	Words FieldKind = iota
	// Paragraph is text of several lines.
	Paragraph
	// Choice is one of a few options.
	Choice
	// Boxes are any of at most ten options.
	Boxes
	// Somebody is a person; the value is their id.
	Somebody
	// Moment is a time, in the person's own zone.
	Moment
	// Shown is no field: it shows Lines.
	Shown
)

// Value returns what a submission or a live field says of a field.
func Value(values map[string]string, id string) string { return values[id+"/"+id] }

// Faults say what is wrong with a form's fields, by their ids, in words for the
// person.
type Faults map[string]string

// Error implements error.
func (f Faults) Error() string { return "what was entered in the form is not right" }

// Homer is a backend with a page of its own for each person.
type Homer interface {
	// Publish makes the person's page say c.
	Publish(ctx context.Context, userID string, c Content) error
}

// HomeOf is the channel that a person's page counts as.
func HomeOf(userID string) string { return "@" + userID }

// Linker is a backend that has an address for each message.
type Linker interface {
	// Link returns where a message can be read; "" if it has no address.
	Link(ctx context.Context, channelID, ts string) (string, error)
}

// LinkWithin bounds the question for an address: what is told goes without it
// rather than late.
const LinkWithin = 2 * time.Second
