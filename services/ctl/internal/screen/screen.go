package screen

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Screen is standard input, output and error.
type Screen struct {
	In       io.Reader
	Out, Err io.Writer
	// JSON: results are JSON documents, and text is not written.
	JSON bool
	// Terminal: somebody looks at Out. Width is then its columns.
	Terminal bool
	Width    int

	colour, errColour bool
}

// New returns the screen of a process.
func New(in io.Reader, out, err io.Writer) *Screen {
	s := &Screen{In: in, Out: out, Err: err}
	s.Width, s.Terminal = terminal(out)
	plain := os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	_, errTerminal := terminal(err)
	s.colour, s.errColour = s.Terminal && !plain, errTerminal && !plain
	return s
}

func terminal(w io.Writer) (width int, is bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	return width, true
}

// Result writes v as JSON, or calls text to write it for people.
func (s *Screen) Result(v any, text func()) error {
	if !s.JSON {
		text()
		return nil
	}
	e := json.NewEncoder(s.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Record writes v as one line of JSON: for results without an end.
func (s *Screen) Record(v any) error {
	e := json.NewEncoder(s.Out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Line writes one line of text.
func (s *Screen) Line(text string) { fmt.Fprintln(s.Out, text) }

// Note tells the person something that is not the result.
func (s *Screen) Note(text string) {
	fmt.Fprintln(s.Err, paint(s.errColour, Dim, text))
}

// Fail says why a command failed; lines after the first say what to do.
func (s *Screen) Fail(err error) {
	what, rest, more := strings.Cut(err.Error(), "\n")
	fmt.Fprintln(s.Err, paint(s.errColour, Red, "parley: ")+what)
	if more {
		for line := range strings.SplitSeq(rest, "\n") {
			fmt.Fprintln(s.Err, "  "+line)
		}
	}
}

// Clear empties the terminal.
func (s *Screen) Clear() {
	if s.Terminal {
		fmt.Fprint(s.Out, "\x1b[H\x1b[2J\x1b[3J")
	}
}

// Style is a colour or a weight.
type Style string

// The styles; Plain is none.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Blue   Style = "34"
	Cyan   Style = "36"
)

// Paint returns text in a style, where there is colour.
func (s *Screen) Paint(style Style, text string) string { return paint(s.colour, style, text) }

func paint(colour bool, style Style, text string) string {
	if !colour || style == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}
