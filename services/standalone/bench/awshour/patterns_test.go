package awshour

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
)

// names are the ten metrics of an instance.
var names = []string{"CPUUtilization", "NetworkIn", "NetworkOut", "StatusCheckFailed_Instance", "StatusCheckFailed_System", "StatusCheckFailed_AttachedEBS",
	"CPUCreditBalance", "CPUSurplusCreditsCharged", "EBSIOBalance%", "EBSByteBalance%"}

// list makes the ListMetrics calls of one sweep.
func list(ctx context.Context, t *testing.T, c *cloudwatch.Client, in cloudwatch.ListMetricsInput) (out []types.Metric) {
	t.Helper()
	for pages := cloudwatch.NewListMetricsPaginator(c, &in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Metrics...)
	}
	return out
}

// data asks for every metric with every statistic, 500 a call.
func data(ctx context.Context, t *testing.T, c *cloudwatch.Client, metrics []types.Metric, statistics []string, span time.Duration) {
	t.Helper()
	in := &cloudwatch.GetMetricDataInput{EndTime: aws.Time(time.Now().Truncate(5 * time.Minute))}
	in.StartTime = aws.Time(in.EndTime.Add(-span))
	flush := func() {
		if len(in.MetricDataQueries) == 0 {
			return
		}
		for pages := cloudwatch.NewGetMetricDataPaginator(c, in); pages.HasMorePages(); {
			if _, err := pages.NextPage(ctx); err != nil {
				t.Fatal(err)
			}
		}
		in.MetricDataQueries = nil
	}
	for i := range metrics {
		for k, s := range statistics {
			in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: aws.String(fmt.Sprintf("m%d_%d", i, k)),
				MetricStat: &types.MetricStat{Metric: &metrics[i], Period: aws.Int32(300), Stat: aws.String(s)}})
			if len(in.MetricDataQueries) == 500 {
				flush()
			}
		}
	}
	flush()
}

// rounds of 300 s are made of each program's requests, which are the same in all
// of them; rounds*scale is an hour.
const rounds, scale = 2, 6

// yace is rounds of YACE (yet-another-cloudwatch-exporter, read in July 2026)
// at its defaults: every 300 s it lists each metric by name, reads the tags, and
// asks for one statistic.
func yace(ctx context.Context, t *testing.T, conf aws.Config) {
	c, tags := cloudwatch.NewFromConfig(conf), resourcegroupstaggingapi.NewFromConfig(conf)
	for range rounds {
		if _, err := tags.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"ec2:instance"}}); err != nil {
			t.Fatal(err)
		}
		var metrics []types.Metric
		for _, name := range names {
			metrics = append(metrics, list(ctx, t, c, cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/EC2"), MetricName: aws.String(name)})...)
		}
		data(ctx, t, c, metrics, []string{"Average"}, 5*time.Minute)
		time.Sleep(5 * time.Minute)
	}
}

// telegraf is rounds of Telegraf's cloudwatch input (read in August 2026) with
// its sample configuration: every 300 s it asks for five statistics of every
// metric; it lists once an hour.
func telegraf(ctx context.Context, t *testing.T, conf aws.Config) {
	c := cloudwatch.NewFromConfig(conf)
	var metrics []types.Metric
	for _, m := range list(ctx, t, c, cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/EC2"), RecentlyActive: types.RecentlyActivePt3h}) {
		for _, name := range names {
			if aws.ToString(m.MetricName) == name {
				metrics = append(metrics, m)
			}
		}
	}
	for range rounds {
		data(ctx, t, c, metrics, []string{"Average", "Maximum", "Minimum", "Sum", "SampleCount"}, 5*time.Minute)
		time.Sleep(5 * time.Minute)
	}
}
