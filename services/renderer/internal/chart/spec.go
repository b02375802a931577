package chart

import (
	"time"

	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// Spec says what to draw. Everything may be missing or odd: texts are cleaned
// and cut to their place, values that are not numbers are gaps, and without any
// value the picture says so.
type Spec struct {
	Kind     Kind   // what sort of picture; KindBreach if empty
	Title    string // what and where: "CPU · web-1"
	Subtitle string // the finding: "above 80 % for 12 min"
	Unit     string // of all values; see Format

	From, To time.Time      // the span shown; that of the points if zero
	Location *time.Location // of the labels; UTC if nil

	Series     []Series    // the first one is what the picture is about
	Bands      []Band      // expected ranges, drawn behind
	Thresholds []Threshold // lines not to be crossed
	Breaches   []Span      // when the policy was violated
	Marks      []Mark      // what was done, and when
	Compare    *Comparison // for KindVerify
	Stopped    bool        // the series ends because what it is of was stopped
	More       []Panel     // other metrics over the same time, below
	Lanes      []Lane      // for KindLives

	Theme         Theme
	Tone          Tone
	Width, Height int // pixels, without More; 1200 × 500 if zero
}

// Panel is another metric below the first one, a little more than half as high.
type Panel struct {
	Title, Unit string
	Series      []Series
	Bands       []Band
	Thresholds  []Threshold
	Breaches    []Span
}

// Series is one line.
type Series struct {
	Name   string
	Points []series.Point // in any order
	Dashed bool           // for what has not happened: a forecast
}

// Band is a range of expected values; its points have the same times. Middle, if
// any, is what was expected most.
type Band struct {
	Name                 string
	Lower, Middle, Upper []series.Point
}

// Threshold is a limit. The line turns to the threshold's colour beyond it.
type Threshold struct {
	Value float64 // in the spec's unit
	Below bool    // violated below the value, else above
	Equal bool    // violated at the value too
	Label string  // "above 80 %" if empty
	Tone  Tone    // ToneCritical if none
	// Neutral is a line without a bad side.
	Neutral bool
}

func (t Threshold) violated(v float64) bool {
	return !t.Neutral && (t.worse(v, t.Value) || t.Equal && v == t.Value)
}

// side returns where of the value it is violated, in a word.
func (t Threshold) side() string {
	switch {
	case t.Neutral:
		return "at"
	case t.Equal && t.Below:
		return "at most"
	case t.Equal:
		return "at least"
	case t.Below:
		return "below"
	}
	return "above"
}

// worse reports whether a is further on the bad side than b.
func (t Threshold) worse(a, b float64) bool {
	if t.Below {
		return a < b
	}
	return a > b
}

// Span is a time from From up to To; a zero To means that it lasts.
type Span struct {
	From, To time.Time
	Label    string // how long it was if empty
}

// Mark is something that was done at a time: an action ran.
type Mark struct {
	At    time.Time
	Label string
}

// Comparison states a value before and after something was done.
type Comparison struct {
	At            time.Time // when it was done
	Before, After float64   // in the spec's unit; NaN: the median of what is shown
}

// Theme is the look.
type Theme int

const (
	Dark Theme = iota
	Light
)

// Tone is how good or bad the news is.
type Tone int

const (
	ToneNone Tone = iota
	ToneInfo
	ToneWarning
	ToneCritical
	ToneGood
)

// Size returns the picture's width and height in pixels.
func (s Spec) Size() (width, height int) {
	height = size(s.Height, s.usualHeight(), 140)
	return size(s.Width, 1200, 240), height + min(len(s.More), maxPanels)*panelHeight(height)
}

func (s Spec) usualHeight() int {
	if s.Kind == KindLives {
		return livesHeight + laneHeight*min(max(len(s.Lanes), 1), maxLanes)
	}
	return 500
}

func panelHeight(first int) int { return first * 11 / 20 }

// panels returns a spec for the first metric and one for each of the others.
func (s Spec) panels() []Spec {
	all := []Spec{s}
	for _, m := range s.More[:min(len(s.More), maxPanels)] {
		one := s
		one.Kind, one.Subtitle, one.Compare, one.More = KindBreach, "", nil, nil
		one.Title, one.Unit, one.Series, one.Bands, one.Thresholds, one.Breaches = m.Title, m.Unit, m.Series, m.Bands, m.Thresholds, m.Breaches
		all = append(all, one.withDefaults())
	}
	return all
}
