package main

import (
	"cmp"
	"fmt"
	"slices"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/unit"
)

// teamSeen is what the series of one team take in the evaluators.
type teamSeen struct {
	Team            string `json:"team"`
	Series          uint64 `json:"series"`
	Budget          uint64 `json:"budget,omitempty"`
	Refused         uint64 `json:"refused,omitempty"`
	DefinitionBytes uint64 `json:"definition_bytes"`
	HistoryBytes    uint64 `json:"history_bytes"`
	StateBytes      uint64 `json:"state_bytes"`
}

func (t *teamSeen) bytes() uint64 { return t.DefinitionBytes + t.HistoryBytes + t.StateBytes }

// teams adds up what the partitions say, those that take most first.
func teams(answers []*eventv1.QueryAnswer) []teamSeen {
	found := map[string]*teamSeen{}
	for _, a := range answers {
		for _, u := range a.GetStatus().GetTeams() {
			t := found[u.GetTeam()]
			if t == nil {
				t = &teamSeen{Team: u.GetTeam()}
				found[u.GetTeam()] = t
			}
			t.Series += u.GetSeries()
			t.Refused += u.GetRefused()
			t.Budget = u.GetBudget()
			t.DefinitionBytes += u.GetDefinitionBytes()
			t.HistoryBytes += u.GetHistoryBytes()
			t.StateBytes += u.GetStateBytes()
		}
	}
	out := []teamSeen{}
	for _, t := range found {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b teamSeen) int { return cmp.Or(cmp.Compare(b.bytes(), a.bytes()), cmp.Compare(a.Team, b.Team)) })
	return out
}

// showTeams writes what the series of each team take.
func showTeams(s *screen.Screen, st status) {
	if len(st.Teams) == 0 {
		return
	}
	t := &screen.Table{Head: []string{"TEAM", "SERIES", "MAY HAVE", "REFUSED", "BYTES A SERIES", "LABELS", "HISTORY", "LEARNED", "IN ALL"}, Flex: 0,
		Right: map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true}}
	for _, v := range st.Teams[:min(len(st.Teams), shownTeams)] {
		most, size := "-", func(n uint64) screen.Cell { return screen.C(unit.Format(float64(n), "bytes")) }
		if v.Budget > 0 {
			most = fmt.Sprint(v.Budget)
		}
		refused := screen.C(fmt.Sprint(v.Refused))
		if v.Refused > 0 {
			refused.Style = screen.Red
		}
		t.Row(screen.C(v.Team), screen.C(fmt.Sprint(v.Series)), screen.C(most), refused, size(v.bytes()/max(v.Series, 1)),
			size(v.DefinitionBytes), size(v.HistoryBytes), size(v.StateBytes), size(v.bytes()))
	}
	s.Table(t)
	if more := len(st.Teams) - shownTeams; more > 0 {
		s.Note(fmt.Sprintf("and %s, with --json", count(more, "more team")))
	}
	s.Line("")
}

// shownTeams is how many teams people are shown, those that take most.
const shownTeams = 10
