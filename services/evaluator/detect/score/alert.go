package score

import (
	"slices"
)

// Alerts is what comes of a threshold.
type Alerts struct {
	Found, Windows int     // windows
	False          int     // alerts
	Weeks          float64 // of all series together
}

// Recall is the share of windows that were found.
func (a Alerts) Recall() float64 { return float64(a.Found) / float64(max(a.Windows, 1)) }

// Rate is false alerts in a week of a series.
func (a Alerts) Rate() float64 { return float64(a.False) / max(a.Weeks, 1e-9) }

const (
	anHour = 3_600_000
	aWeek  = 7 * 24 * anHour
)

// At counts the alerts of a threshold.
func At(all []*Series, scores [][]float64, threshold float64) (a Alerts) {
	for k, s := range all {
		a.Windows += len(s.Windows)
		if s.First < len(s.Millis) {
			a.Weeks += float64(s.Millis[len(s.Millis)-1]-s.Millis[s.First]) / aWeek
		}
		found := make([]bool, len(s.Windows))
		next, last, any := 0, int64(0), false
		for i := s.First; i < len(s.Millis); i++ {
			if scores[k][i] < threshold {
				continue
			}
			for next < len(s.Windows) && s.Windows[next][1] < i {
				next++
			}
			inside := next < len(s.Windows) && i >= s.Windows[next][0]
			if inside {
				found[next] = true
			}
			if starts := !any || s.Millis[i]-last > anHour; starts && !inside {
				a.False++
			}
			last, any = s.Millis[i], true
		}
		for _, f := range found {
			if f {
				a.Found++
			}
		}
	}
	return a
}

// Within returns the best recall of all thresholds with at most budget false
// alerts in a series-week.
func Within(all []*Series, scores [][]float64, budget float64) (best Alerts) {
	var thresholds []float64
	for k, s := range all {
		for _, v := range scores[k][s.First:] {
			if v > 0 {
				thresholds = append(thresholds, v)
			}
		}
	}
	slices.Sort(thresholds)
	thresholds = slices.Compact(thresholds)
	slices.Reverse(thresholds)
	best = At(all, scores, 2)
	const beyond = 50 // thresholds over budget after which none is expected within
	over := 0
	for _, t := range thresholds {
		a := At(all, scores, t)
		switch {
		case a.Rate() > budget:
			if over++; over > beyond {
				return best
			}
		case a.Found > best.Found:
			best = a
		}
	}
	return best
}
