package plot

// grid is Braille cells, each two dots wide and four high.
type grid struct {
	columns, rows int
	dots          []byte
}

func newGrid(columns, rows int) *grid {
	return &grid{columns: columns, rows: rows, dots: make([]byte, columns*rows)}
}

// bits of a Braille pattern by dot column and dot row. Source: Unicode, block
// Braille Patterns.
var bits = [2][4]byte{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

// set sets the dot x from the left and y from the top.
func (g *grid) set(x, y int) {
	if x >= 0 && x < g.columns*2 && y >= 0 && y < g.rows*4 {
		g.dots[y/4*g.columns+x/2] |= bits[x%2][y%4]
	}
}

// row returns the dot row of a value.
func (g *grid) row(v, low, high float64) int {
	y := int((high - v) / (high - low) * float64(g.rows*4))
	return min(max(y, 0), g.rows*4-1)
}

// line sets the dots between two. Source: Bresenham 1965.
func (g *grid) line(x0, y0, x1, y1 int) {
	dx, dy := abs(x1-x0), -abs(y1-y0)
	sx, sy := sign(x1-x0), sign(y1-y0)
	for e := dx + dy; ; {
		g.set(x0, y0)
		if x0 == x1 && y0 == y1 {
			return
		}
		e2 := 2 * e
		if e2 >= dy {
			e += dy
			x0 += sx
		}
		if e2 <= dx {
			e += dx
			y0 += sy
		}
	}
}

func abs(n int) int { return max(n, -n) }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
