package monitoring

import (
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

const maxStatisticsPoints = 1440

func (c *CloudWatch) getMetricStatistics(r *wire.Request, at world.Key) (wire.Answer, error) {
	for _, name := range []string{"Namespace", "MetricName", "StartTime", "EndTime", "Period"} {
		if !r.Has(name) {
			return nil, missing(name)
		}
	}
	m, seconds := metricOf(r.Node), r.Int("Period", 0)
	if !periodOK(seconds) {
		return nil, invalid("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
	}
	period := time.Duration(seconds) * time.Second
	from, to := start(r.Time("StartTime"), c.world.Now()), r.Time("EndTime")
	if !from.Before(to) {
		return nil, combination("The parameter StartTime must be less than the parameter EndTime.")
	}
	if n := possible(from, to, period); n > maxStatisticsPoints {
		return nil, combination("You have requested up to %.0f datapoints, which exceeds the limit of %d. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, maxStatisticsPoints)
	}
	plain, extended := r.Texts("Statistics"), r.Texts("ExtendedStatistics")
	if len(plain)+len(extended) == 0 {
		return nil, combination("Must specify either Statistics or ExtendedStatistics.")
	}
	if len(plain) > 5 || len(extended) > 10 {
		return nil, invalid("At most 5 Statistics and 10 ExtendedStatistics can be asked for.")
	}
	computed := map[string]statistic{}
	for i, name := range append(plain, extended...) {
		s, ok := statisticOf(name)
		if !ok || percentile.MatchString(name) == (i < len(plain)) {
			return nil, invalid("The value %s for parameter Statistics is not valid.", name)
		}
		computed[name] = s
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	answer := wire.Map{"Label": m.Name, "Datapoints": []wire.Map{}}
	unit, ok := c.unitOf(at, m)
	if want := r.Text("Unit"); !ok || want != "" && want != unit {
		return answer, nil
	}
	answer["Datapoints"] = scatter(statistics(c.buckets(at, m, from, to, period), computed, unit))
	return answer, nil
}

func statistics(buckets []bucket, computed map[string]statistic, unit string) []wire.Map {
	out := make([]wire.Map, len(buckets))
	for i, b := range buckets {
		point := wire.Map{"Timestamp": b.Start, "Unit": unit}
		extended := map[string]float64{}
		for name, s := range computed {
			if percentile.MatchString(name) {
				extended[name] = s(b)
			} else {
				point[name] = s(b)
			}
		}
		if len(extended) > 0 {
			point["ExtendedStatistics"] = extended
		}
		out[i] = point
	}
	return out
}

// scatter puts points in an order that is not that of their times, as CloudWatch
// promises none: every other one first.
func scatter(list []wire.Map) []wire.Map {
	out := make([]wire.Map, 0, len(list))
	for first := range 2 {
		for i := 1 - first; i < len(list); i += 2 {
			out = append(out, list[i])
		}
	}
	return out
}
