package chart

import "github.com/wcharczuk/go-chart/v2/drawing"

// colors of one theme. Every text colour has a contrast of at least 4.5 to 1 on
// the background; red is kept for what is wrong, violet for what was done.
type colors struct {
	background, text, muted, faint drawing.Color
	grid, axis                     drawing.Color
	onColor                        drawing.Color // text on a filled colour
	mark, neutral                  drawing.Color
	tones                          [5]drawing.Color // by Tone
	lines                          []drawing.Color  // of the series, in turn
	band, shade, area              uint8            // how opaque tints are
}

func hex(c uint32) drawing.Color {
	return drawing.Color{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 255}
}

func tint(c drawing.Color, alpha uint8) drawing.Color {
	c.A = alpha
	return c
}

func (t Theme) colors() *colors {
	if t == Light {
		return &light
	}
	return &dark
}

var dark = colors{
	background: hex(0x1a1d21), // that of Slack's dark theme
	text:       hex(0xf4f5f7), muted: hex(0xb4bac2), faint: hex(0x7d848d),
	grid: tint(hex(0xffffff), 20), axis: tint(hex(0xffffff), 72),
	onColor: hex(0x14161a), mark: hex(0xc9a4ff), neutral: hex(0x9aa3ad),
	tones: [5]drawing.Color{hex(0x58b7ff), hex(0x58b7ff), hex(0xffb224), hex(0xff6161), hex(0x43d17c)},
	lines: []drawing.Color{
		hex(0x58b7ff), hex(0xffc14d), hex(0x4fd6a0), hex(0xff9ad1),
		hex(0x9fe8f5), hex(0xd8e36a), hex(0xb9a6ff), hex(0xd0b49a),
	},
	band: 44, shade: 52, area: 26,
}

var light = colors{
	background: hex(0xffffff),
	text:       hex(0x1d1c1d), muted: hex(0x525a65), faint: hex(0x7a828c),
	grid: tint(hex(0x000000), 20), axis: tint(hex(0x000000), 80),
	onColor: hex(0xffffff), mark: hex(0x7336c2), neutral: hex(0x6b7480),
	tones: [5]drawing.Color{hex(0x0b66c3), hex(0x0b66c3), hex(0xa85d00), hex(0xd3243a), hex(0x14804a)},
	lines: []drawing.Color{
		hex(0x0b66c3), hex(0xc06400), hex(0x12805c), hex(0xb02a80),
		hex(0x007b94), hex(0x7a7400), hex(0x5b4fc7), hex(0x7d5a3c),
	},
	band: 38, shade: 30, area: 20,
}

func (c *colors) tone(t Tone) drawing.Color {
	if t < 0 || int(t) >= len(c.tones) {
		t = ToneNone
	}
	return c.tones[t]
}

// solid are the colours that appear unmixed, the background first.
func (c *colors) solid() []drawing.Color {
	all := []drawing.Color{c.background, c.text, c.muted, c.faint, c.onColor, c.mark, c.neutral}
	return append(append(all, c.tones[:]...), c.lines...)
}

// ofBand is the i-th band's colour, and that of its name: the first is the line's
// own, with a name in grey; what other metrics explain is violet.
func (c *colors) ofBand(i int) (edge, name drawing.Color) {
	if i == 0 {
		return c.lines[0], c.muted
	}
	return c.lines[6], c.lines[6]
}

func (c *colors) line(i int) drawing.Color { return c.lines[i%len(c.lines)] }
