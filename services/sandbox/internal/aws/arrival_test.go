package aws

import (
	"context"
	"math"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// requests is the load balancer's number of requests, which has many samples a minute.
func requests(t *testing.T, ctx context.Context, client *cloudwatch.Client, stat string, period int32) types.MetricDataQuery {
	t.Helper()
	list, err := client.ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: sdk.String("AWS/ApplicationELB"), MetricName: sdk.String("RequestCount")})
	if err != nil || len(list.Metrics) == 0 {
		t.Fatalf("no balancer: %v", err)
	}
	return types.MetricDataQuery{Id: sdk.String("m"), MetricStat: &types.MetricStat{Metric: &list.Metrics[0], Period: &period, Stat: &stat}}
}

// values returns a query's values by their time.
func values(t *testing.T, ctx context.Context, client *cloudwatch.Client, q types.MetricDataQuery, from, to time.Time) map[time.Time]float64 {
	t.Helper()
	data, err := client.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{StartTime: &from, EndTime: &to, MetricDataQueries: []types.MetricDataQuery{q}})
	if err != nil {
		t.Fatal(err)
	}
	out := map[time.Time]float64{}
	for i, at := range data.MetricDataResults[0].Timestamps {
		out[at.UTC()] = data.MetricDataResults[0].Values[i]
	}
	return out
}

// TestArrival looks at the newest minutes as their points come, come late, and change.
func TestArrival(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon)
	ctx, client := t.Context(), watch(url, "AKIATEST", protocols["cbor"])
	minute := requests(t, ctx, client, "Sum", 60)
	from, to := noon.Add(-10*time.Minute), noon
	at := func(after time.Duration) map[time.Time]float64 {
		stop(t, a, noon.Add(after))
		return values(t, ctx, client, minute, from, to)
	}

	t.Log("ordinarily, all are there and do not change two and a half minutes after their end")
	final := at(150 * time.Second)
	if len(final) != 10 {
		t.Fatalf("%d of 10 minutes", len(final))
	}
	changed, early := 0, at(0)
	for when, v := range early {
		if v != final[when] {
			changed++
		}
		if v > final[when] {
			t.Errorf("%v shrank from %f to %f", when, v, final[when])
		}
	}
	if len(early) < 7 || len(early) == 10 && changed == 0 {
		t.Errorf("at once there are %d, of which %d change", len(early), changed)
	}

	t.Log("a fixed delay")
	drive(t, "PUT", url+"/sandbox/aws", `{"delivery": [{"namespace": "AWS/ApplicationELB", "delay": "5m"}]}`, nil)
	if got := at(4*time.Minute + 59*time.Second); len(got) != 9 {
		t.Errorf("a second before: %d of 9", len(got))
	}
	if got := at(5 * time.Minute); len(got) != 10 {
		t.Errorf("then: %d of 10", len(got))
	}

	t.Log("twelve minutes late")
	drive(t, "PUT", url+"/sandbox/aws", `{"delivery": [{"delay": "1m", "late_share": 1, "late_by": "12m"}]}`, nil)
	if got := at(12*time.Minute + 59*time.Second); len(got) != 9 {
		t.Errorf("a second before: %d of 9", len(got))
	}
	if got := at(13 * time.Minute); len(got) != 10 || got[noon.Add(-time.Minute)] != final[noon.Add(-time.Minute)] {
		t.Errorf("then: %d of 10", len(got))
	}

	t.Log("revised twice")
	drive(t, "PUT", url+"/sandbox/aws", `{"delivery": [{"delay": "1m", "revisions": 2, "revised_after": "60s"}]}`, nil)
	last, seen := noon.Add(-time.Minute), []float64{}
	for s := range 300 {
		if v, ok := at(time.Duration(s) * time.Second)[last]; ok && (len(seen) == 0 || seen[len(seen)-1] != v) {
			seen = append(seen, v)
		}
	}
	if len(seen) != 3 || seen[2] != final[last] {
		t.Errorf("the bucket was %v, and is %f in the end", seen, final[last])
	}

	t.Log("of one region only")
	drive(t, "PUT", url+"/sandbox/aws", `{"delivery": [{"region": "us-east-1", "delay": "1h"}]}`, nil)
	if got := at(150 * time.Second); len(got) != 10 {
		t.Errorf("another region's delay: %d of 10", len(got))
	}
}

// TestBuckets rolls minutes up, and keeps them as long as CloudWatch does.
func TestBuckets(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon.Add(10*time.Minute))
	ctx, client := t.Context(), watch(url, "AKIATEST", protocols["cbor"])
	from := noon.Add(-time.Hour)
	minutes := values(t, ctx, client, requests(t, ctx, client, "Sum", 60), from, noon)
	fives := values(t, ctx, client, requests(t, ctx, client, "Sum", 300), from, noon)
	if len(minutes) != 60 || len(fives) != 12 {
		t.Fatalf("%d minutes, %d times five", len(minutes), len(fives))
	}
	for at, v := range fives {
		sum := 0.0
		for i := range 5 {
			sum += minutes[at.Add(time.Duration(i)*time.Minute)]
		}
		if math.Abs(sum-v) > 1e-6*v {
			t.Errorf("five minutes of %v are %f, their sum %f", at, v, sum)
		}
	}
	if got := values(t, ctx, client, requests(t, ctx, client, "Sum", 60), from, from.Add(time.Minute)); len(got) != 1 {
		t.Errorf("the end is in the bucket: %v", got)
	}
	for _, c := range []struct {
		period int32
		days   int
		want   bool
	}{{60, 14, true}, {60, 16, false}, {300, 16, true}, {300, 62, true}, {300, 64, false}, {3600, 64, true}, {3600, 400, true}} {
		from := noon.AddDate(0, 0, -c.days)
		if got := values(t, ctx, client, requests(t, ctx, client, "Sum", c.period), from, from.Add(time.Hour)); (len(got) > 0) != c.want {
			t.Errorf("period %d, %d days ago: %d points", c.period, c.days, len(got))
		}
	}
}

// TestStoppedInstanceHasNoPoints stops one, and starts it again.
func TestStoppedInstanceHasNoPoints(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon)
	ctx, client, home := t.Context(), watch(url, "AKIATEST", protocols["cbor"]), world.Key{Account: world.Home, Region: "eu-west-1"}
	if _, err := a.World().StopInstances(home, []string{report}, "a test"); err != nil {
		t.Fatal(err)
	}
	stop(t, a, noon.Add(30*time.Minute))
	if _, err := a.World().StartInstances(home, []string{report}, "a test"); err != nil {
		t.Fatal(err)
	}
	stop(t, a, noon.Add(time.Hour))
	q := cpu("m", report, "Average", 300)
	before, down, again := values(t, ctx, client, q, noon.Add(-30*time.Minute), noon), values(t, ctx, client, q, noon.Add(5*time.Minute), noon.Add(30*time.Minute)), values(t, ctx, client, q, noon.Add(35*time.Minute), noon.Add(55*time.Minute))
	if len(before) != 6 || len(down) != 0 || len(again) != 4 {
		t.Errorf("%d before, %d while stopped, %d after", len(before), len(down), len(again))
	}
}
