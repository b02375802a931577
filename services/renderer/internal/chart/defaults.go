package chart

import (
	"math"
	"time"

	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// What a picture may have at most; more is left out.
const (
	maxSeries = 24
	maxExtras = 16 // bands, thresholds, breaches, marks: each
	maxPanels = 3
	maxSize   = 4000
)

// withDefaults returns a spec that is safe to draw: cleaned texts, ordered
// points, a span that is not empty, and a size within bounds. It shares no
// slice that it changes.
func (s Spec) withDefaults() Spec {
	if s.Kind == "" {
		s.Kind = KindBreach
	}
	if s.Location == nil {
		s.Location = time.UTC
	}
	s.Width, s.Height = size(s.Width, 1200, 240), size(s.Height, s.usualHeight(), 140)
	s.Title, s.Subtitle = clean(s.Title), clean(s.Subtitle)

	s.Series = first(s.Series, maxSeries)
	for i := range s.Series {
		s.Series[i].Name = clean(s.Series[i].Name)
		s.Series[i].Points = series.Clean(s.Series[i].Points)
	}
	s.Bands = first(s.Bands, maxExtras)
	for i := range s.Bands {
		s.Bands[i].Name = clean(s.Bands[i].Name)
		s.Bands[i].Lower, s.Bands[i].Upper = series.Clean(s.Bands[i].Lower), series.Clean(s.Bands[i].Upper)
		s.Bands[i].Middle = series.Clean(s.Bands[i].Middle)
	}
	var limits []Threshold
	for _, t := range first(s.Thresholds, maxExtras) {
		if math.IsNaN(t.Value) || math.IsInf(t.Value, 0) {
			continue
		}
		t.Value = min(max(t.Value, -series.Limit), series.Limit)
		t.Label = clean(t.Label)
		if t.Tone == ToneNone && s.Tone == ToneWarning {
			t.Tone = ToneWarning
		} else if t.Tone == ToneNone {
			t.Tone = ToneCritical
		}
		limits = append(limits, t)
	}
	s.Thresholds = limits
	s.Marks = first(s.Marks, maxExtras)
	for i := range s.Marks {
		s.Marks[i].Label = clean(s.Marks[i].Label)
	}
	s.Lanes = first(s.Lanes, maxLanes)
	for i := range s.Lanes {
		s.Lanes[i].Name, s.Lanes[i].Note = clean(s.Lanes[i].Name), clean(s.Lanes[i].Note)
	}
	s = s.withSpan()
	s.Breaches = first(s.Breaches, maxExtras)
	for i, b := range s.Breaches {
		if b.To.IsZero() || b.To.After(s.To) {
			b.To = s.To
		}
		b.Label = clean(b.Label)
		s.Breaches[i] = b
	}
	return s
}

// withSpan sets From and To to those of the points where they are missing, and
// widens a span of less than a second.
func (s Spec) withSpan() Spec {
	if s.From.IsZero() || s.To.IsZero() {
		var from, to time.Time
		for _, l := range s.Series {
			if n := len(l.Points); n > 0 {
				if a := l.Points[0].At; from.IsZero() || a.Before(from) {
					from = a
				}
				if b := l.Points[n-1].At; to.IsZero() || b.After(to) {
					to = b
				}
			}
		}
		if s.From.IsZero() {
			s.From = from
		}
		if s.To.IsZero() {
			s.To = to
		}
	}
	const longest = 100 * 365 * 24 * time.Hour
	switch d := s.To.Sub(s.From); {
	case d < 0 || d > longest:
		s.From = s.To.Add(-time.Hour)
	case d < time.Second:
		s.From, s.To = s.From.Add(-5*time.Minute), s.To.Add(5*time.Minute)
	}
	return s
}

func size(v, usual, least int) int {
	if v <= 0 {
		return usual
	}
	return min(max(v, least), maxSize)
}

// first returns a copy of at most n elements.
func first[T any](s []T, n int) []T {
	return append([]T(nil), s[:min(n, len(s))]...)
}
