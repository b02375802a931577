package renderer

import (
	"context"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/picture"
)

// Ask returns the history that a query asks the owner of a partition for.
type Ask func(ctx context.Context, partition uint32, q *eventv1.HistoryQuery) ([]*eventv1.SeriesHistory, error)

// Show draws what people are shown of an incident, and publishes nothing; the
// picture is nil if there is nothing to show.
func Show(ctx context.Context, cfg Config, change *eventv1.IncidentChanged, ask Ask) (png []byte, alt string, err error) {
	look, err := cfg.look()
	if err != nil {
		return nil, "", err
	}
	if !picture.Wanted(change) {
		return nil, "", nil
	}
	from, to := picture.Reach(change)
	history := picture.History{}
	for _, a := range picture.Asks(change, from, to) {
		answers, err := ask(ctx, a.Partition, a.Query)
		if err != nil {
			return nil, "", err
		}
		for _, s := range answers {
			history[s.GetSeries().GetId()] = s
		}
	}
	spec, alt, ok := picture.Incident(change, history, look)
	if !ok {
		return nil, "", nil
	}
	png, err = chart.Render(spec)
	return png, alt, err
}
