package replay

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestATestAnswersAsEvaluatorsDo(t *testing.T) {
	t.Parallel()
	f := ParseFile("x.yaml", []byte("tests: [{name: x, series: {'cpu{host=\"a\"}': 1x10, 'cpu{host=\"b\"}': 2 _ 3x8, other: 1}, none: true}]"))
	if len(f.Problems) > 0 {
		t.Fatal(f.Problems)
	}
	ask := func(q *eventv1.HistoryQuery, want ...int) {
		t.Helper()
		q.From, q.To = timestamppb.New(start), timestamppb.New(start.Add(4*time.Minute))
		got, err := f.Tests[0].Answer(q)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%v: %v", err, got)
		}
		for i, h := range got {
			if len(h.Values) != want[i] || len(h.TimeUnixMs) != want[i] || h.Series.GetId() == 0 {
				t.Errorf("%d of %v", i, h)
			}
		}
	}
	ask(&eventv1.HistoryQuery{}, 5, 4, 1)
	ask(&eventv1.HistoryQuery{Name: "cpu"}, 5, 4)
	ask(&eventv1.HistoryQuery{MaxSeries: 1}, 5)
	all, _ := f.Tests[0].Answer(&eventv1.HistoryQuery{})
	ask(&eventv1.HistoryQuery{SeriesId: []uint64{all[1].GetSeries().GetId()}}, 4)
	ask(&eventv1.HistoryQuery{Name: "cpu", Matchers: []*eventv1.Matcher{{Label: "host", Op: eventv1.Matcher_OP_EQUAL, Value: "b"}}}, 4)
	if _, err := f.Tests[0].Answer(&eventv1.HistoryQuery{Matchers: []*eventv1.Matcher{{Label: "host"}}}); err == nil {
		t.Error("a matcher without an operator is taken")
	}
}
