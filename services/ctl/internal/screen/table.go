package screen

import (
	"strings"
	"unicode/utf8"
)

// Cell is one field of a table.
type Cell struct {
	Text  string
	Style Style
}

// C returns a cell without a style.
func C(text string) Cell { return Cell{Text: text} }

// Table is rows under a head. The zero value with a head is ready.
type Table struct {
	Head []string
	// Right marks columns of numbers, by index.
	Right map[int]bool
	// Flex is the column that is cut first when the terminal is too narrow.
	Flex int
	rows [][]Cell
}

// Row adds a row.
func (t *Table) Row(cells ...Cell) { t.rows = append(t.rows, cells) }

const gap = "  "

// Table writes t: widths fitted to the terminal; uncut in a pipe.
func (s *Screen) Table(t *Table) {
	widths := make([]int, len(t.Head))
	for i, h := range t.Head {
		widths[i] = utf8.RuneCountInString(h)
	}
	for _, r := range t.rows {
		for i, c := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(c.Text))
		}
	}
	if s.Terminal && len(widths) > 0 {
		fit(widths, s.Width, t.Flex)
	}
	head := make([]Cell, len(t.Head))
	for i, h := range t.Head {
		head[i] = Cell{h, Dim}
	}
	s.row(t, widths, head)
	for _, r := range t.rows {
		s.row(t, widths, r)
	}
}

// fit takes what is too wide from the flexible column, and then from the
// widest one.
func fit(widths []int, room, flex int) {
	const least = 8
	over := len(gap)*(len(widths)-1) - room
	for _, w := range widths {
		over += w
	}
	if over <= 0 {
		return
	}
	cut := min(over, max(widths[flex]-16, 0))
	widths[flex] -= cut
	for over -= cut; over > 0; over-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= least {
			return
		}
		widths[widest]--
	}
}

func (s *Screen) row(t *Table, widths []int, cells []Cell) {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteString(gap)
		}
		text := Cut(c.Text, widths[i])
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
		switch {
		case t.Right[i]:
			b.WriteString(pad + s.Paint(c.Style, text))
		case i == len(cells)-1:
			b.WriteString(s.Paint(c.Style, text))
		default:
			b.WriteString(s.Paint(c.Style, text) + pad)
		}
	}
	s.Line(strings.TrimRight(b.String(), " "))
}

// Cut returns text in at most width columns, with … where it was cut.
func Cut(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	if width <= 1 {
		return "…"
	}
	return string([]rune(text)[:width-1]) + "…"
}
