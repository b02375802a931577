package chat

import "time"

// Content is what a message says.
type Content struct {
	// Text states the finding alone: for notifications and screen readers.
	Text string
	// Title is the headline; may be empty.
	Title string
	Parts []Part
	// About is the incident that the message stands for; nil for any other.
	About *About
}

// Part is one element of a message: Lines, Note, Buttons, Image or Table.
type Part interface{ part() }

// Lines is a paragraph, line by line.
type Lines []Line

// Note is small print.
type Note []Line

// Line is spans one after the other.
type Line []Span

// Image shows an uploaded picture by its File. PNG is the picture itself, for
// backends that do not upload it beforehand; empty if it is not at hand, which
// is no reason not to send the rest.
type Image struct {
	File, Alt, Title string
	PNG              []byte
}

// Table is rows of equal columns in a fixed font, the first row its head.
type Table [][]string

// Buttons is a row of controls: Button or Menu.
type Buttons []Control

// Control is a Button or a Menu.
type Control interface{ control() }

// Button is pressed. With a URL it only opens that.
type Button struct {
	ID, Text, Value string
	// Style is primary, danger or empty.
	Style   string
	Confirm *Confirm
	URL     string
	// Form: it opens a form. A chat without forms leaves it out.
	Form bool
}

// Confirm asks again before a button counts.
type Confirm struct{ Title, Text, Yes, No string }

// Menu offers choices. A Rare one, of at most five, stands behind "⋯" where a
// chat has that.
type Menu struct {
	ID, Prompt string
	Options    []Option
	Rare       bool
}

// Option is one choice of a menu or a field. With a URL it opens that; Form as
// in Button.
type Option struct {
	Text, Value, URL string
	Form             bool
	// Note says more of it, where there is room.
	Note string
}

func (Lines) part()     {}
func (Note) part()      {}
func (Image) part()     {}
func (Table) part()     {}
func (Buttons) part()   {}
func (Button) control() {}
func (Menu) control()   {}

// Span is a piece of a line.
type Span struct {
	Text string
	Kind SpanKind
	// URL is a Link's target.
	URL string
	// At is a Time's; the reader sees it in their own zone.
	At time.Time
	// User is a Person's id, or a Group's.
	User string
}

// SpanKind is how a span looks.
type SpanKind int

// The kinds of spans.
const (
	Plain SpanKind = iota
	Strong
	Code
	Link
	Time
	Person
	Group
)

// P returns plain text.
func P(s string) Span { return Span{Text: s} }

// B returns strong text.
func B(s string) Span { return Span{Text: s, Kind: Strong} }

// C returns text in a fixed font.
func C(s string) Span { return Span{Text: s, Kind: Code} }

// T returns a time.
func T(t time.Time) Span { return Span{Kind: Time, At: t} }

// L returns a link.
func L(text, url string) Span { return Span{Text: text, Kind: Link, URL: url} }

// U returns a mention of a person: their id on this backend, else their name.
func U(id, name string) Span { return Span{Text: name, Kind: Person, User: id} }

// G returns a mention of a group of people: its id on this backend, and its
// name with @, which backends write that cannot mention groups.
func G(id, name string) Span { return Span{Text: name, Kind: Group, User: id} }

// Say returns content of one line.
func Say(text string) Content { return Content{Text: text, Parts: []Part{Lines{{P(text)}}}} }
