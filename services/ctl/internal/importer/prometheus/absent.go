package prometheus

import (
	"errors"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/parley-ops/parley/services/internal/config"
)

// lookback is how old a sample is that Prometheus still takes for the present.
const lookback = 5 * time.Minute

// absent reads absent(…) and absent_over_time(…): all series of a metric, with these
// labels, have stopped.
func (e *expression) absent(x *parser.Call) (*node, error) {
	since := lookback
	of := bare(x.Args[0])
	if m, ok := of.(*parser.MatrixSelector); ok {
		since, of = max(m.Range, lookback), m.VectorSelector
	}
	s, ok := of.(*parser.VectorSelector)
	if !ok || s.Name == "" || s.OriginalOffset != 0 || s.Timestamp != nil || s.StartOrEnd != 0 {
		return nil, errors.New(x.Func.Name + " of something else than a metric: a policy knows of series that stop, not of what has no result")
	}
	if e.c.records[s.Name] != nil {
		return nil, errors.New(x.Func.Name + " of a recording rule: Parley computes no series for later")
	}
	scope, err := matches(s)
	if err != nil {
		return nil, err
	}
	e.note("A series that never came is not known here, and so not absent.")
	return e.onAll(&node{metric: s.Name, scope: scope, by: &[]string{}, pairs: []any{"absent", config.Span(since).String()}, absent: true})
}
