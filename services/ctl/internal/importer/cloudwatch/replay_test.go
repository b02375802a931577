package cloudwatch

import (
	"fmt"
	"math"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// settles is how long after the end of a period its value is there.
const settles = 2 * time.Minute

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// incidents replays an imported alarm over values of even periods, each stored when
// CloudWatch has it; NaN is none.
func incidents(r *rapid.T, name string, period time.Duration, alarm string, values []float64) []replay.Incident {
	alarms, err := Read("a.json", document(alarm))
	if err != nil {
		r.Fatal(err)
	}
	got := Import(catalog.Default(), alarms)
	if len(got.Policies) != 1 {
		r.Fatalf("%+v", got.Refused)
	}
	text, err := importer.Write(got.Policies)
	parsed := policy.Parse("p", text)
	if err != nil || len(parsed.Problems) > 0 {
		r.Fatalf("%v %v\n%s", err, parsed.Problems, text)
	}
	labels := label.FromMap(map[string]string{"team": "t", "account": "111122223333", "region": "eu-west-1", "instance_id": "i-1"})
	l := replay.NewLog(parsed.Policies, nil)
	id := label.Fingerprint(name, labels)
	for k, v := range values {
		if math.IsNaN(v) {
			continue
		}
		at := start.Add(time.Duration(k) * period)
		batch := &eventv1.SampleBatch{BaseUnixMs: at.UnixMilli(), SeriesId: []uint64{id}, TimeDeltaMs: []int64{0}, Value: []float64{v},
			Defs: []*eventv1.SeriesDef{{Id: id, Name: name, Labels: labels.Proto(), Interval: durationpb.New(period)}}}
		if err := l.Apply(bus.PartitionOf(label.Resource(labels)), at.Add(period+settles), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: batch}}); err != nil {
			r.Fatal(err)
		}
	}
	found, err := l.End(start.Add(time.Duration(len(values)+20) * period))
	if err != nil {
		r.Fatal(err)
	}
	return found
}

func open(all []replay.Incident, at time.Time) bool {
	for _, i := range all {
		if !i.Opened.After(at) && (i.Resolved.IsZero() || i.Resolved.After(at)) {
			return true
		}
	}
	return false
}

// reference is CloudWatch's evaluation, one period after the other, as the user guide
// says it: "Configuring how CloudWatch alarms treat missing data".
type reference struct {
	hold, of int
	missing  string
	breaches func(float64) bool
	state    string
}

// period judges the last of values.
func (c *reference) period(values []float64) {
	var real []bool // newest first
	oldest, lacking := 0, 0
	for back := 0; back < c.of+2 && len(real) < c.of; back++ {
		k := len(values) - 1 - back
		switch {
		case k < 0 && c.missing == "breaching": // ours: what is new was not silent before
			real = append(real, false)
		case k >= 0 && !math.IsNaN(values[k]):
			real = append(real, c.breaches(values[k]))
			oldest = back + 1
		}
	}
	lacking = c.of - len(real)
	bad, good := 0, 0
	for _, b := range real {
		if b {
			bad++
		} else {
			good++
		}
	}
	if c.missing == "breaching" {
		bad += lacking
	}
	switch {
	case bad >= c.hold:
		c.state = "ALARM"
	case c.missing == "breaching", c.missing == "notBreaching", good > 0:
		c.state = "OK"
	case c.missing == "ignore": // as it was
	case len(real) == 0:
		c.state = "INSUFFICIENT_DATA"
	case oldest >= c.hold:
		c.state = "ALARM"
	}
}

// TestFiresAsCloudWatchDoes compares with the reference, for M of N periods, each
// way with missing data and each operator.
func TestFiresAsCloudWatchDoes(t *testing.T) {
	t.Parallel()
	const period = 5 * time.Minute
	breaches := map[string]func(float64) bool{
		"GreaterThanThreshold": func(v float64) bool { return v > 2 }, "GreaterThanOrEqualToThreshold": func(v float64) bool { return v >= 2 },
		"LessThanThreshold": func(v float64) bool { return v < 2 }, "LessThanOrEqualToThreshold": func(v float64) bool { return v <= 2 }}
	rapid.Check(t, func(r *rapid.T) {
		operator := rapid.SampledFrom([]string{"GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"}).Draw(r, "operator")
		c := reference{of: rapid.IntRange(1, 5).Draw(r, "of"), missing: rapid.SampledFrom([]string{"missing", "ignore", "breaching", "notBreaching"}).Draw(r, "missing"),
			breaches: breaches[operator], state: "INSUFFICIENT_DATA"}
		c.hold = rapid.IntRange(1, c.of).Draw(r, "hold")
		values := []float64{1}
		for len(values) < 25 { // runs of each: what is there, and what is missing
			v := rapid.SampledFrom([]float64{1, 2, 3, math.NaN()}).Draw(r, "value")
			for range rapid.IntRange(1, 9).Draw(r, "times") {
				values = append(values, v)
			}
		}
		all := incidents(r, "aws.ec2.cpu_utilization", period, fmt.Sprintf("Threshold: 2\nComparisonOperator: %q\nEvaluationPeriods: %d\nDatapointsToAlarm: %d\nTreatMissingData: %q",
			operator, c.of, c.hold, c.missing), values)
		last := 0
		for k, v := range values {
			c.period(values[:k+1])
			judged := start.Add(time.Duration(k+1)*period + settles)
			if math.IsNaN(v) {
				if k+1 == len(values) || !math.IsNaN(values[k+1]) {
					continue // judged together with the next
				}
				judged = judged.Add(3 * period / 2) // as late as samples come, and half a period
			} else {
				last = k
			}
			want := c.state == "ALARM"
			if c.missing == "missing" && !judged.Before(start.Add(time.Duration(last+c.of+3)*period+settles)) {
				want = false // there were no data for so long by then
			}
			if got := open(all, judged); got != want {
				r.Fatalf("%d of %d, missing is %s, %s 2: after period %d of %v\nan incident: %v, CloudWatch: %s", c.hold, c.of, c.missing, operator, k, values[:k+1], got, c.state)
			}
		}
	})
}

// TestPeriodsOfSeveralSamples compares one period of several samples, which slides,
// with its statistic worked out by hand.
func TestPeriodsOfSeveralSamples(t *testing.T) {
	t.Parallel()
	statistics := map[string]func(in []float64) float64{
		"Average": func(in []float64) float64 {
			sum := 0.0
			for _, v := range in {
				sum += v
			}
			return sum / float64(len(in))
		},
		"Maximum": func(in []float64) float64 {
			most := in[0]
			for _, v := range in {
				most = max(most, v)
			}
			return most
		},
	}
	const minutes = 5
	rapid.Check(t, func(r *rapid.T) {
		statistic := rapid.SampledFrom([]string{"Average", "Maximum"}).Draw(r, "statistic")
		samples := rapid.IntRange(2, 12).Draw(r, "samples")
		values := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 1, 2, 4, math.NaN()}), 25, 40).Draw(r, "values")
		name := "aws.ec2.cpu_utilization" + map[string]string{"Maximum": ".maximum"}[statistic]
		all := incidents(r, name, minutes*time.Minute, fmt.Sprintf("Threshold: 1.7\nStatistic: %q\nPeriod: %d", statistic, samples*minutes*60), values)
		for k, v := range values {
			if math.IsNaN(v) {
				continue
			}
			var in []float64
			for _, w := range values[max(0, k+1-samples) : k+1] {
				if !math.IsNaN(w) {
					in = append(in, w)
				}
			}
			if got := open(all, start.Add(time.Duration(k+1)*minutes*time.Minute+settles)); got != (statistics[statistic](in) > 1.7) {
				r.Fatalf("%s of %d samples, after %v: an incident: %v", statistic, samples, values[:k+1], got)
			}
		}
	})
}
