package budget

import (
	"slices"
	"testing"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestFull(t *testing.T) {
	t.Parallel()
	answer := func(use map[string]uint64) *eventv1.QueryAnswer {
		a := &eventv1.QueryAnswer{Status: &eventv1.PartitionStatus{}}
		for team, n := range use {
			a.Status.Teams = append(a.Status.Teams, &eventv1.TeamUse{Team: team, Series: n})
		}
		return a
	}
	now := &eventv1.BudgetChanged{Series: 10, Full: []string{"old"}}
	f := func(all bool, want []string, use ...map[string]uint64) {
		t.Helper()
		var answers []*eventv1.QueryAnswer
		for _, u := range use {
			answers = append(answers, answer(u))
		}
		if got := full(answers, all, now); !slices.Equal(got, want) {
			t.Errorf("%v: full %q, want %q", use, got, want)
		}
	}
	f(true, nil, map[string]uint64{"a": 4, "b": 9}, map[string]uint64{"a": 5, "old": 9})
	f(true, []string{"a"}, map[string]uint64{"a": 4, "b": 9}, map[string]uint64{"a": 6})
	f(false, []string{"a", "old"}, map[string]uint64{"a": 12})
}
