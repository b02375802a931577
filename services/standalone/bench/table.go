package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// figure is one thing that is measured.
type figure struct {
	name, unit string
	aim        string // in words, from the issue
	// ratio: the value stands beside the peers'; else it stands alone.
	ratio bool
}

// table collects figures of systems over rounds.
type table struct {
	order   []figure
	systems []string
	values  map[string]map[string][]float64 // by figure, by system
	notes   []string
}

func newTable() *table { return &table{values: map[string]map[string][]float64{}} }

// add notes one measurement; NaN is left out.
func (t *table) add(f figure, system string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	if t.values[f.name] == nil {
		t.values[f.name] = map[string][]float64{}
		t.order = append(t.order, f)
	}
	if !slices.Contains(t.systems, system) {
		t.systems = append(t.systems, system)
	}
	t.values[f.name][system] = append(t.values[f.name][system], v)
}

// note adds a line under the table.
func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// print writes medians, with the range where there were several rounds, and
// each value's ratio to the peers'.
func (t *table) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tsystem\tmedian [range]\tof Prometheus\tof floor\taim")
	for _, f := range t.order {
		by := t.values[f.name]
		for i, system := range t.sorted(by) {
			name, aim := f.name, f.aim
			if i > 0 {
				name = "" // said once
			}
			if !strings.HasPrefix(system, "parley") {
				aim = ""
			}
			fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\t%s\n", name, system, spread(by[system]), f.unit,
				f.of(by[system], by["prometheus"], system != "prometheus"), f.of(by[system], by["floor"], strings.HasPrefix(system, "parley")), aim)
		}
	}
	_ = w.Flush()
	for _, n := range t.notes {
		fmt.Fprintln(out, "- "+n)
	}
}

// sorted returns the systems that have this figure: peers first, then ours.
func (t *table) sorted(by map[string][]float64) []string {
	var have []string
	for _, s := range t.systems {
		if len(by[s]) > 0 {
			have = append(have, s)
		}
	}
	slices.SortStableFunc(have, func(a, b string) int { return rank(a) - rank(b) })
	return have
}

func rank(system string) int {
	if i := slices.Index([]string{"prometheus", "floor"}, system); i >= 0 {
		return i
	}
	return 2
}

func (f figure) of(v, peer []float64, wanted bool) string {
	if !f.ratio || !wanted || len(peer) == 0 || median(peer) == 0 {
		return ""
	}
	return "× " + short(median(v)/median(peer))
}

func spread(v []float64) string {
	if len(v) == 1 {
		return short(v[0])
	}
	return fmt.Sprintf("%s [%s..%s]", short(median(v)), short(slices.Min(v)), short(slices.Max(v)))
}

// short returns v with three digits that count, thousands in groups.
func short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 100_000:
		return fmt.Sprintf("%.0f k", v/1000)
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a == 0:
		return "0"
	}
	return fmt.Sprintf("%.2f", v)
}
