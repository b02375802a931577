package waste

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/wait"
)

// mostQueries is how many one GetMetricData call takes.
const mostQueries = 500

// throttledTries is how often a call that was throttled is made again.
const throttledTries = 6

// read asks for all the hours of some metrics up to now and adds them to m. A
// metric without any point is read too: as hours without one.
func (r *Rules) read(ctx context.Context, t *target.Target, m Measured, queries []Query, now time.Time) error {
	end := now.Truncate(time.Hour)
	hours := r.Days * 24
	from := end.Add(-time.Duration(hours) * time.Hour)
	if t.Account.FreeTier {
		return r.readFree(ctx, t, m, queries, from, end)
	}
	most := min(mostQueries, target.MaxPoints/hours)
	for len(queries) > 0 {
		some := queries[:min(most, len(queries))]
		queries = queries[len(some):]
		got := make([]Hours, len(some))
		in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(from), EndTime: aws.Time(end), ScanBy: types.ScanByTimestampAscending}
		for i, q := range some {
			got[i] = NewHours(from, hours)
			in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: aws.String(fmt.Sprintf("m%d", i)), ReturnData: aws.Bool(true),
				MetricStat: &types.MetricStat{Period: aws.Int32(3600), Stat: aws.String(q.Metric.Statistic), Metric: &types.Metric{
					Namespace: aws.String(q.Metric.Namespace), MetricName: aws.String(q.Metric.Name),
					Dimensions: []types.Dimension{{Name: aws.String(q.Metric.Dimension), Value: aws.String(q.Resource)}}}}})
		}
		if err := pages(ctx, t, in, got); err != nil {
			return t.Explain(err, "cloudwatch:GetMetricData")
		}
		for i, q := range some {
			m[q] = got[i]
		}
	}
	return nil
}

// readFree asks with GetMetricStatistics, of which a million requests a month
// are free: one for each metric.
func (r *Rules) readFree(ctx context.Context, t *target.Target, m Measured, queries []Query, from, end time.Time) error {
	for _, q := range queries {
		h := NewHours(from, int(end.Sub(from)/time.Hour))
		in := &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String(q.Metric.Namespace), MetricName: aws.String(q.Metric.Name), StartTime: aws.Time(from), EndTime: aws.Time(end),
			Period: aws.Int32(3600), Statistics: []types.Statistic{types.Statistic(q.Metric.Statistic)},
			Dimensions: []types.Dimension{{Name: aws.String(q.Metric.Dimension), Value: aws.String(q.Resource)}}}
		var out *cloudwatch.GetMetricStatisticsOutput
		err := patiently(ctx, t, func() (err error) {
			out, err = t.CloudWatch().GetMetricStatistics(ctx, in)
			return err
		})
		if err != nil {
			return t.Explain(err, "cloudwatch:GetMetricStatistics")
		}
		for _, p := range out.Datapoints {
			if v := map[string]*float64{"Maximum": p.Maximum, "Sum": p.Sum, "SampleCount": p.SampleCount}[q.Metric.Statistic]; v != nil && p.Timestamp != nil {
				h.Set(*p.Timestamp, *v)
			}
		}
		m[q] = h
	}
	return nil
}

// patiently makes a call again while AWS says that there are too many.
func patiently(ctx context.Context, t *target.Target, call func() error) error {
	pause := wait.Pause{First: time.Second, Last: 30 * time.Second}
	for tries := 1; ; tries++ {
		err := call()
		if err == nil || tries == throttledTries || !t.Throttled(err) || pause.Wait(ctx) != nil {
			return err
		}
	}
}

// pages follows one call's pages to their end.
func pages(ctx context.Context, t *target.Target, in *cloudwatch.GetMetricDataInput, got []Hours) error {
	for {
		var out *cloudwatch.GetMetricDataOutput
		err := patiently(ctx, t, func() (err error) {
			out, err = t.CloudWatch().GetMetricData(ctx, in)
			return err
		})
		if err != nil {
			return err
		}
		for _, r := range out.MetricDataResults {
			var i int
			if _, err := fmt.Sscanf(aws.ToString(r.Id), "m%d", &i); err != nil || i < 0 || i >= len(got) || len(r.Timestamps) != len(r.Values) {
				continue
			}
			for k, at := range r.Timestamps {
				got[i].Set(at, r.Values[k])
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
}
