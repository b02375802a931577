package ranking

import (
	"errors"
	"fmt"
	"testing"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestRank(t *testing.T) {
	t.Parallel()
	s := func(host, zone string, values ...float64) *eventv1.SeriesHistory {
		return &eventv1.SeriesHistory{Values: values, Series: &eventv1.SeriesRef{Labels: []*eventv1.Label{{Name: "host", Value: host}, {Name: "zone", Value: zone}}}}
	}
	all := []*eventv1.SeriesHistory{s("a", "x", 9, 1), s("b", "x", 3), s("c", "y", 2), s("d", "y")}
	f := func(by, want string) {
		t.Helper()
		rows, err := Rank(all, by)
		got := ""
		for _, r := range rows {
			got += fmt.Sprintf("%s%v of %d ", r.Value, r.Last(), r.Series)
		}
		if err != nil || got != want {
			t.Errorf("by %q: %q, %v, want %q", by, got, err, want)
		}
	}
	f("", "3 of 1 2 of 1 1 of 1 ")
	f("zone", "x3 of 2 y2 of 1 ")
	var no *NoLabelError
	if _, err := Rank(all, "hots"); !errors.As(err, &no) || no.Nearest != "host" || len(no.Have) != 2 {
		t.Errorf("%v", err)
	}
	if rows, err := Rank(nil, "host"); err != nil || rows == nil || len(rows) > 0 {
		t.Errorf("of nothing: %v, %v", rows, err)
	}
}
