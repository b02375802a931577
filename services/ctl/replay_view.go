package main

import (
	"time"

	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
)

// replayResult is the JSON of parley policy replay.
type replayResult struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Samples int       `json:"samples"`
	Series  int       `json:"series"`
	// Gaps are times of which nothing is stored.
	Gaps []gapView `json:"gaps"`
	// Lost is what neither the archive nor the server has.
	Lost []lostView `json:"lost,omitempty"`
	// Rules say in words by what it is decided who is told.
	Rules    string        `json:"rules"`
	Policies []policyCount `json:"policies"`
	// Before is of the policies in force, After of the changed ones; null: there
	// are none.
	Before *sideView `json:"before"`
	After  *sideView `json:"after"`
	// Differences are the incidents that do not stay as they are.
	Differences []differenceView `json:"differences"`
}

// policyCount is how many incidents a policy opens.
type policyCount struct {
	Name string `json:"name"`
	// Change is unchanged, changed, added or removed; empty: nothing is compared.
	Change string `json:"change,omitempty"`
	Before int    `json:"before"`
	After  int    `json:"after"`
	// Of those: which go, which come, which open or end at another time.
	Vanish int `json:"vanish"`
	Appear int `json:"appear"`
	Other  int `json:"other"`
}

// sideView is what one set of policies comes to.
type sideView struct {
	Name      string         `json:"name"`
	Incidents int            `json:"incidents"`
	Severity  map[string]int `json:"by_severity"`
	// Told is what people would have been told of them, and actioners asked for.
	Told *rehearsal.Report `json:"told"`
	// List of the incidents; only when nothing is compared.
	List []replayView `json:"list,omitempty"`
}

// differenceView is an incident that does not stay as it is.
type differenceView struct {
	// Change is vanishes, appears or differs.
	Change string      `json:"change"`
	Before *replayView `json:"before"`
	After  *replayView `json:"after"`
}

func viewOf(read replayed, sides []*side) replayResult {
	v := replayResult{From: read.from, To: read.to, Samples: read.samples, Series: sides[0].log.Series(), Gaps: append([]gapView{}, read.gaps...), Lost: read.lost, Differences: []differenceView{}}
	names, change := policyChanges(sides)
	counts := map[string]*policyCount{}
	for _, name := range names {
		counts[name] = &policyCount{Name: name, Change: change[name]}
	}
	v.Before = sides[0].view()
	after := sides[0].incidents
	if len(sides) > 1 {
		v.After = sides[1].view()
		after = sides[1].incidents
	} else {
		for i := range after {
			v.Before.List = append(v.Before.List, viewReplay(&after[i]))
		}
	}
	for _, d := range replay.Diff(sides[0].incidents, after, read.to) {
		x := differenceView{}
		if d.Before != nil {
			n := counts[d.Before.Policy]
			n.Before++
			n.Vanish += word(d.Change == replay.Vanished, 1, 0)
			b := viewReplay(d.Before)
			x.Before = &b
		}
		if d.After != nil {
			n := counts[d.After.Policy]
			n.After++
			n.Appear += word(d.Change == replay.Appeared, 1, 0)
			n.Other += word(d.Change == replay.Other, 1, 0)
			a := viewReplay(d.After)
			x.After = &a
		}
		if d.Change != replay.Same {
			x.Change = map[replay.Change]string{replay.Vanished: "vanishes", replay.Appeared: "appears", replay.Other: "differs"}[d.Change]
			v.Differences = append(v.Differences, x)
		}
	}
	v.Policies = []policyCount{}
	for _, name := range names {
		v.Policies = append(v.Policies, *counts[name])
	}
	return v
}

func (d *side) view() *sideView {
	v := &sideView{Name: d.name, Incidents: len(d.incidents), Severity: map[string]int{}, Told: &d.told}
	for i := range d.incidents {
		v.Severity[enum(d.incidents[i].Severity, "SEVERITY_")]++
	}
	return v
}
