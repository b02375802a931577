package ranking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/nearest"
)

const (
	// Compared is how many series of a partition are compared.
	Compared = 2000
	// Recent is how old a value may be that counts as one of now.
	Recent = 15 * time.Minute
)

// Row is a series, or all that have one value of a label.
type Row struct {
	// Highest is the series, of several the one with the highest value.
	Highest *eventv1.SeriesHistory
	// Value is that of the label by which rows are; Series how many have it.
	Value  string
	Series int
}

// Last is the newest value.
func (r Row) Last() float64 { return last(r.Highest) }

// NoLabelError is what Rank returns when no series has the label.
type NoLabelError struct {
	Label string
	// Have are the labels that there are, and Nearest the one that was perhaps
	// meant.
	Have    []string
	Nearest string
}

// Error names what there is.
func (e *NoLabelError) Error() string {
	return fmt.Sprintf("no series has a label %q: there are %s", e.Label, cmp.Or(strings.Join(e.Have, ", "), "none"))
}

// Rank puts the series that have a value in order, or with by one row for each
// value of that label. Equal ones keep their order.
func Rank(all []*eventv1.SeriesHistory, by string) ([]Row, error) {
	all = slices.DeleteFunc(slices.Clone(all), func(s *eventv1.SeriesHistory) bool { return len(s.GetValues()) == 0 })
	slices.SortStableFunc(all, func(a, b *eventv1.SeriesHistory) int { return cmp.Compare(last(b), last(a)) })
	rows := []Row{}
	place := map[string]int{}
	known := map[string]bool{}
	for _, s := range all {
		value, has := "", by == ""
		for _, l := range s.GetSeries().GetLabels() {
			known[l.GetName()] = true
			if by != "" && l.GetName() == by {
				value, has = l.GetValue(), true
			}
		}
		if !has {
			continue
		}
		if i, ok := place[value]; ok && by != "" {
			rows[i].Series++
			continue
		}
		place[value] = len(rows)
		rows = append(rows, Row{Highest: s, Value: value, Series: 1})
	}
	if by == "" || len(rows) > 0 || len(all) == 0 {
		return rows, nil
	}
	e := &NoLabelError{Label: by}
	for name := range known {
		e.Have = append(e.Have, name)
	}
	slices.Sort(e.Have)
	e.Nearest = nearest.To(by, e.Have)
	return nil, e
}

func last(s *eventv1.SeriesHistory) float64 { return s.GetValues()[len(s.GetValues())-1] }
