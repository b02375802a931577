package screen

import "fmt"

// Progress tells the person who waits how many of all are done, all 0 when
// that is not known; an empty text clears the line. Only a terminal shows it.
func (s *Screen) Progress(done, all int, text string) {
	width, is := terminal(s.Err)
	switch {
	case !is:
	case text == "":
		fmt.Fprint(s.Err, "\r\x1b[K")
	case all > 0:
		fmt.Fprint(s.Err, "\r\x1b[K"+Cut(fmt.Sprintf("%d of %d  %s", done, all, text), width-1))
	default:
		fmt.Fprint(s.Err, "\r\x1b[K"+Cut(fmt.Sprintf("%d  %s", done, text), width-1))
	}
}
