package score

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/evaluator/seriesfile"
)

// Series is one labelled series.
type Series struct {
	Name    string // path under data, with '/'
	Millis  []int64
	Values  []float64
	Windows [][2]int // first and last row of those that are scored
	First   int      // first scored row
}

// Group is the folder of the series.
func (s *Series) Group() string { group, _, _ := strings.Cut(s.Name, "/"); return group }

// NewSeries returns a series with its windows; those before the first scored
// row are left out.
func NewSeries(name string, millis []int64, values []float64, windows [][2]int) *Series {
	s := &Series{Name: name, Millis: millis, Values: values, First: min(len(millis)*15/100, 750)}
	for _, w := range windows {
		if w[1] >= s.First {
			s.Windows = append(s.Windows, w)
		}
	}
	return s
}

// ReadNAB reads a folder with data/<group>/<name>.csv and windows.json.
func ReadNAB(dir string) ([]*Series, error) {
	content, err := os.ReadFile(filepath.Join(dir, "windows.json"))
	if err != nil {
		return nil, err
	}
	var labels map[string][][2]string
	if err := json.Unmarshal(content, &labels); err != nil {
		return nil, fmt.Errorf("windows.json: %w", err)
	}
	names, err := seriesfile.Find(filepath.Join(dir, "data"))
	if err != nil {
		return nil, err
	}
	var all []*Series
	for _, name := range names {
		s, err := readSeries(filepath.Join(dir, "data", name), filepath.ToSlash(name), labels)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func readSeries(path, name string, labels map[string][][2]string) (*Series, error) {
	var millis []int64
	var values []float64
	err := seriesfile.Open(path, func(in io.Reader) error {
		return seriesfile.Rows(in, func(r seriesfile.Row) error {
			millis, values = append(millis, r.Millis), append(values, r.Value)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	var windows [][2]int
	for _, label := range labels[name] {
		var rows [2]int
		for i, text := range label {
			at, err := seriesfile.Time(text)
			if err != nil {
				return nil, fmt.Errorf("windows.json: %s: %w", name, err)
			}
			if rows[i] = slices.Index(millis, at); rows[i] < 0 {
				return nil, fmt.Errorf("windows.json: %s has no row at %s", name, text)
			}
		}
		windows = append(windows, rows)
	}
	if len(millis) == 0 {
		return nil, errors.New(path + ": no rows")
	}
	return NewSeries(name, millis, values, windows), nil
}

// Profile is what detections are worth.
type Profile struct{ Hit, False, Missed float64 }

// The profiles of NAB.
var (
	Standard         = Profile{1, 0.11, 1}
	RewardLowFalse   = Profile{1, 0.22, 1}
	RewardLowMissing = Profile{1, 0.11, 2}
)

// position is NAB's value of a position relative to a window.
func position(y float64) float64 {
	if y > 3 {
		return -1
	}
	return 2/(1+math.Exp(5*y)) - 1
}

// Best returns the highest score over all thresholds, and its threshold.
// scores has a value for every row of every series.
func (p Profile) Best(all []*Series, scores [][]float64) (best, threshold float64) {
	type detection struct {
		score, value float64
		window       int // -1: outside all
	}
	var rows []detection
	windows := 0
	for k, s := range all {
		next := 0 // the window at or after the row
		for i := s.First; i < len(s.Millis); i++ {
			for next < len(s.Windows) && s.Windows[next][1] < i {
				next++
			}
			d := detection{score: scores[k][i], window: -1, value: -p.False}
			switch {
			case next < len(s.Windows) && i >= s.Windows[next][0]:
				l, r := s.Windows[next][0], s.Windows[next][1]
				d.window = windows + next
				d.value = p.Hit * position(-float64(r-i+1)/float64(r-l+1)) / position(-1)
			case next > 0:
				l, r := s.Windows[next-1][0], s.Windows[next-1][1]
				d.value = p.False * position(float64(i-r)/float64(r-l))
			}
			rows = append(rows, d)
		}
		windows += len(s.Windows)
	}
	slices.SortStableFunc(rows, func(a, b detection) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	worth := make([]float64, windows)
	for i := range worth {
		worth[i] = -p.Missed
	}
	none, perfect := -p.Missed*float64(windows), p.Hit*float64(windows)
	raw, most := none, none
	threshold = math.Inf(1)
	for i, d := range rows {
		switch {
		case d.window < 0:
			raw += d.value
		case d.value > worth[d.window]:
			raw += d.value - worth[d.window]
			worth[d.window] = d.value
		}
		if i+1 < len(rows) && rows[i+1].score == d.score {
			continue // one threshold takes all of them
		}
		if raw > most {
			most, threshold = raw, d.score
		}
	}
	if windows == 0 {
		return 0, threshold
	}
	return 100 * (most - none) / (perfect - none), threshold
}
