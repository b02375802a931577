package chart

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// Finding is what a picture shows, for those who cannot see it, and for the
// line under its title.
type Finding struct {
	What  string // "CPU · web-1"
	Unit  string
	Value float64    // the last one; NaN if there is none
	Limit *Threshold // nil if there is none
	For   time.Duration
	Over  bool    // it was beyond the limit and is no more
	Peak  float64 // the worst one if Over; NaN if unknown
	// Most is the largest value in all of For, if Bounded: of what lasts days
	// that says more than the last one.
	Most    float64
	Bounded bool
	Was     float64 // before; NaN if unknown

	Action string // what was done between Was and Value
}

// String returns the finding in words: "CPU 97 %, above 80 for 12 min, was 45".
func (f Finding) String() string {
	if f.What == "" {
		f.What = "Value"
	}
	u := unit.Of(f.Unit)
	if !series.Number(f.Value) {
		return strings.Join(append([]string{f.What + ": no data"}, f.words(u)...), ", ")
	}
	return strings.Join(append([]string{f.What + " " + u.Format(f.Value)}, f.words(u)...), ", ")
}

// Words returns the finding without what it is about and the last value:
// "above 80 % for 12 min, was 45 %".
func (f Finding) Words() string {
	f.Value = math.NaN() // so that every number has its unit
	return strings.Join(f.words(unit.Of(f.Unit)), ", ")
}

func (f Finding) words(u unit.Unit) []string {
	var words []string
	if f.Limit != nil && f.Bounded {
		most := "at most " + f.short(u, f.Most) + " for " + unit.Duration(f.For)
		if f.Over {
			most = "was " + most
		}
		words = append(words, most, "limit "+f.short(u, f.Limit.Value))
	} else if f.Limit != nil {
		limit := f.Limit.side() + " " + f.short(u, f.Limit.Value)
		if f.For >= time.Second {
			limit += " for " + unit.Duration(f.For)
		}
		if f.Over {
			limit = "was " + limit
		}
		words = append(words, limit)
	}
	if f.Over && series.Number(f.Peak) && !f.Bounded {
		name := "peak "
		if f.Limit != nil && f.Limit.Below {
			name = "lowest "
		}
		words = append(words, name+f.short(u, f.Peak))
	}
	if series.Number(f.Was) && f.Action != "" {
		words = append(words, fmt.Sprintf("was %s before %s", f.short(u, f.Was), f.Action))
	} else if series.Number(f.Was) && !f.Over && !(f.Bounded && f.Was <= f.Most) {
		words = append(words, "was "+f.short(u, f.Was))
	}
	return words
}

// short writes a value without the unit if it is that of the finding's.
func (f Finding) short(u unit.Unit, v float64) string {
	if !series.Number(f.Value) {
		return u.Format(v)
	}
	return u.Beside(f.Value, v)
}

// AltText returns what the picture of a spec shows, in words.
func AltText(s Spec) string {
	s = s.withDefaults()
	f := Finding{What: s.Title, Unit: s.Unit, Value: math.NaN(), Peak: math.NaN(), Was: math.NaN()}
	if len(s.Series) == 0 {
		return f.String()
	}
	if len(s.Series) > 1 {
		f.What = strings.TrimSpace(fmt.Sprintf("%s, %s and %d more", s.Title, s.Series[0].Name, len(s.Series)-1))
		f.What = strings.TrimPrefix(f.What, ", ")
	}
	points := series.Between(s.Series[0].Points, s.From, s.To.Add(1))
	if last, ok := series.Last(points); ok {
		f.Value = last.Value
	}
	if c, ok := s.comparison(); ok && s.Kind == KindVerify {
		f.Value, f.Was, f.Action = c.After, c.Before, "it"
		if len(s.Marks) > 0 && s.Marks[0].Label != "" {
			f.Action = s.Marks[0].Label
		}
		return f.String()
	}
	if len(s.Breaches) == 0 || len(s.Thresholds) == 0 {
		return f.String()
	}
	b := s.Breaches[len(s.Breaches)-1]
	f.Limit, f.For, f.Over = &s.Thresholds[0], b.To.Sub(b.From), b.To.Before(s.To)
	f.Was = series.Median(series.Between(points, s.From, b.From))
	if worst, ok := series.Worst(series.Between(points, b.From, b.To.Add(1)), f.Limit.Below); ok {
		f.Peak = worst.Value
	}
	return f.String()
}
