package chart

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/golang/freetype/truetype"
	"github.com/wcharczuk/go-chart/v2/roboto"
	"golang.org/x/image/math/fixed"
)

// maxText is the most bytes of a text from outside that are looked at; no
// picture has room for more.
const maxText = 512

// textFont is Roboto Medium, parsed once. go-chart's own default font is not
// used: it races with itself on the first two pictures.
var textFont = sync.OnceValue(func() *truetype.Font {
	f, err := truetype.Parse(roboto.Roboto)
	if err != nil {
		panic(err) // compiled in
	}
	return f
})

// clean makes a text from outside fit for one line: no control or direction
// characters, single spaces, valid UTF-8.
func clean(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Mn, unicode.Me):
			return -1
		}
		return r
	}, s)), " ")
}

// kern returns by how much two letters are moved together, in the unit of size.
func kern(f *truetype.Font, size float64, a, b rune) float64 {
	if f == nil {
		return 0
	}
	return float64(f.Kern(fixed.Int26_6(size*64), f.Index(a), f.Index(b))) / 64
}

// textWidth returns the width of a line of text in pixels.
func textWidth(s string, size float64) float64 {
	f := textFont()
	scale := fixed.Int26_6(size * subpixel * 64)
	var width fixed.Int26_6
	prev := truetype.Index(0)
	for i, r := range s {
		g := f.Index(r)
		if i > 0 {
			width += f.Kern(scale, prev, g)
		}
		width += f.HMetric(scale, g).AdvanceWidth
		prev = g
	}
	return float64(width) / 64 / subpixel
}

// cut shortens a text to a width in pixels, with an ellipsis at its end.
func cut(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	runes := []rune(s)
	lo, hi := 0, len(runes)
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if textWidth(strings.TrimSpace(string(runes[:mid]))+"…", size) <= width {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	if lo == 0 {
		return ""
	}
	return strings.TrimSpace(string(runes[:lo])) + "…"
}

// cutMiddle shortens a name to a width in pixels and keeps both its ends, which
// is where names of resources differ.
func cutMiddle(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	runes := []rune(s)
	for keep := len(runes) - 1; keep >= 2; keep-- {
		head, tail := (keep+1)/2, keep/2
		short := strings.TrimSpace(string(runes[:head])) + "…" + strings.TrimSpace(string(runes[len(runes)-tail:]))
		if textWidth(short, size) <= width {
			return short
		}
	}
	return ""
}
