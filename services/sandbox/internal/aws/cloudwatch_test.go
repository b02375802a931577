package aws

import (
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

const report = "i-0ba7c4e9d1f2a3b40" // batch-report

// cpu is a query for an instance's CPU.
func cpu(id, instance, stat string, period int32) types.MetricDataQuery {
	return types.MetricDataQuery{Id: sdk.String(id), MetricStat: &types.MetricStat{
		Metric: &types.Metric{
			Namespace: sdk.String("AWS/EC2"), MetricName: sdk.String("CPUUtilization"),
			Dimensions: []types.Dimension{{Name: sdk.String("InstanceId"), Value: sdk.String(instance)}},
		},
		Period: sdk.Int32(period), Stat: sdk.String(stat),
	}}
}

// TestThreeProtocols reads and writes with the SDK in each form.
func TestThreeProtocols(t *testing.T) {
	t.Parallel()
	a, url := serve(t, nil)
	for name, protocol := range protocols {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, client := t.Context(), watch(url, "AKIATEST", protocol)
			list, err := client.ListMetrics(ctx, &cloudwatch.ListMetricsInput{
				Namespace: sdk.String("AWS/EC2"), MetricName: sdk.String("CPUUtilization"), RecentlyActive: types.RecentlyActivePt3h,
				Dimensions: []types.DimensionFilter{{Name: sdk.String("InstanceId"), Value: sdk.String(report)}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Metrics) != 1 || *list.Metrics[0].Dimensions[0].Value != report || list.NextToken != nil {
				t.Fatalf("listed %d, next %v", len(list.Metrics), list.NextToken)
			}
			now := a.World().Now()
			data, err := client.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
				StartTime: sdk.Time(now.Add(-time.Hour)), EndTime: sdk.Time(now),
				MetricDataQueries: []types.MetricDataQuery{
					cpu("a", report, "Average", 300), cpu("p", report, "p95", 300),
					{Id: sdk.String("twice"), Expression: sdk.String("a * 2")},
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			r := data.MetricDataResults
			if len(r) != 3 || len(r[0].Values) < 10 || len(r[2].Values) != len(r[0].Values) || r[0].StatusCode != types.StatusCodeComplete {
				t.Fatalf("results %+v", r)
			}
			for i := range r[0].Values {
				if i > 0 && !r[0].Timestamps[i].Before(r[0].Timestamps[i-1]) {
					t.Errorf("the default order is not descending: %v", r[0].Timestamps)
				}
				if r[0].Timestamps[i].Unix()%300 != 0 || r[2].Values[i] != 2*r[0].Values[i] || r[1].Values[i] < r[0].Values[i]/2 {
					t.Errorf("point %d: %v %v %v", i, r[0].Timestamps[i], r[0].Values[i], r[2].Values[i])
				}
			}
			stats, err := client.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
				Namespace: sdk.String("AWS/EC2"), MetricName: sdk.String("CPUUtilization"), Period: sdk.Int32(300),
				StartTime: sdk.Time(now.Add(-time.Hour)), EndTime: sdk.Time(now), Statistics: []types.Statistic{"Average", "Maximum"},
				ExtendedStatistics: []string{"p99"}, Dimensions: list.Metrics[0].Dimensions,
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(stats.Datapoints) != len(r[0].Values) || *stats.Datapoints[0].Maximum < *stats.Datapoints[0].Average || stats.Datapoints[0].ExtendedStatistics["p99"] == 0 {
				t.Errorf("statistics %+v", stats.Datapoints)
			}
		})
	}
}
