package aws

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/meter"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// noon is a Monday.
var noon = time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC)

// TestRefusals asks for what CloudWatch refuses, in each protocol.
func TestRefusals(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon)
	good := func(n int) []types.MetricDataQuery {
		var list []types.MetricDataQuery
		for i := range n {
			list = append(list, cpu(fmt.Sprintf("m%d", i), report, "Average", 300))
		}
		return list
	}
	expression := func(text string) []types.MetricDataQuery {
		return append(good(2), types.MetricDataQuery{Id: sdk.String("e"), Expression: sdk.String(text)})
	}
	stat, period := good(1), good(1)
	stat[0].MetricStat.Stat, period[0].MetricStat.Period = sdk.String("Median"), sdk.Int32(90)
	for name, c := range map[string]struct {
		queries []types.MetricDataQuery
		most    int32
		want    string // in the message; empty for no error
	}{
		"500":          {good(500), 0, ""},
		"501":          {good(501), 0, "The collection MetricDataQueries must not have a size greater than 500."},
		"twice an id":  {append(good(1), good(1)...), 0, "not unique"},
		"upper case":   {[]types.MetricDataQuery{cpu("M1", report, "Average", 300)}, 0, "expected pattern"},
		"a statistic":  {stat, 0, "Median"},
		"a period":     {period, 0, "90 for parameter Period"},
		"many points":  {good(1), 100_801, "MaxDatapoints"},
		"a function":   {expression("FILL(m0, 0)"), 0, "the function FILL is not available in the local account"},
		"an unknown":   {expression("m0 + nope"), 0, "there is no query with Id nope"},
		"itself":       {expression("e + 1"), 0, "refers to itself"},
		"no series":    {expression("1 + 1"), 0, "must return a time series"},
		"a search's":   {expression("SEARCH('{AWS/EC2}', 'Median', 300)"), 0, "no statistic"},
		"an OR":        {expression(`SEARCH('{AWS/EC2,InstanceId} MetricName="a" OR MetricName="b"', 'Sum')`), 0, "OR is not available"},
		"both of them": {[]types.MetricDataQuery{{Id: sdk.String("b"), Expression: sdk.String("m"), MetricStat: good(1)[0].MetricStat}}, 0, "Exactly one"},
	} {
		for protocol, change := range protocols {
			in := &cloudwatch.GetMetricDataInput{StartTime: sdk.Time(noon.Add(-time.Hour)), EndTime: &noon, MetricDataQueries: c.queries}
			if c.most > 0 {
				in.MaxDatapoints = &c.most
			}
			_, err := watch(url, "AKIATEST", change).GetMetricData(t.Context(), in)
			if c.want == "" && err != nil || c.want != "" && (!strings.HasPrefix(code(err), "Validation") || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s by %s: %v", name, protocol, err)
			}
		}
	}
	var r meter.Report
	drive(t, "GET", url+"/sandbox/meter", "", &r)
	if want := 3 * 500 * meter.PerMetric; r.Metrics != 1500 || math.Abs(r.Dollars-want) > 1e-9 {
		t.Errorf("the meter has %d metrics and $%f, want $%f", r.Metrics, r.Dollars, want)
	}
}

// TestListIsPaged reads 2,000 further metrics, and takes a token elsewhere.
func TestListIsPaged(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon)
	a.World().Generate(world.Key{Account: world.Home, Region: "us-west-2"}, 200)
	client := watch(url, "AKIATEST", func(o *cloudwatch.Options) { o.Region = "us-west-2" })
	pages := cloudwatch.NewListMetricsPaginator(client, &cloudwatch.ListMetricsInput{Namespace: sdk.String("AWS/EC2")})
	seen, sizes, token := map[string]int{}, []int{}, ""
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page.Metrics))
		for _, m := range page.Metrics {
			seen[*m.MetricName+*m.Dimensions[0].Value]++
		}
		if page.NextToken != nil {
			token = *page.NextToken
		}
	}
	if len(seen) != 2000 || !slices.Equal(sizes, []int{500, 500, 500, 500}) {
		t.Errorf("%d metrics in pages of %v", len(seen), sizes)
	}
	_, err := client.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{Namespace: sdk.String("AWS/RDS"), NextToken: &token})
	if code(err) != "InvalidNextToken" {
		t.Errorf("the token of another list: %v", err)
	}
	_, err = client.GetMetricData(t.Context(), &cloudwatch.GetMetricDataInput{
		StartTime: sdk.Time(noon.Add(-time.Hour)), EndTime: &noon, NextToken: &token, MetricDataQueries: []types.MetricDataQuery{cpu("a", report, "Sum", 60)},
	})
	if code(err) != "InvalidNextToken" {
		t.Errorf("a list's token for data: %v", err)
	}
}

// TestDataIsPaged reads the same with and without pages, in both orders.
func TestDataIsPaged(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon)
	for _, by := range []types.ScanBy{types.ScanByTimestampAscending, types.ScanByTimestampDescending} {
		for protocol, change := range protocols {
			client := watch(url, "AKIATEST", change)
			read := func(most int32) (map[string]map[time.Time]float64, int, int) {
				all, pages, partial := map[string]map[time.Time]float64{}, 0, 0
				p := cloudwatch.NewGetMetricDataPaginator(client, &cloudwatch.GetMetricDataInput{
					StartTime: sdk.Time(noon.Add(-2 * time.Hour)), EndTime: &noon, ScanBy: by, MaxDatapoints: &most,
					MetricDataQueries: []types.MetricDataQuery{
						cpu("a", report, "Average", 300), cpu("none", "i-00000000000000000", "Sum", 300),
						{Id: sdk.String("e"), Expression: sdk.String("a + 1")}, cpu("c", report, "Maximum", 300),
					},
				})
				for p.HasMorePages() {
					page, err := p.NextPage(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					pages++
					points := 0
					for _, r := range page.MetricDataResults {
						points += len(r.Values)
						if r.StatusCode == types.StatusCodePartialData {
							partial++
						}
						for i, at := range r.Timestamps {
							if all[*r.Id] == nil {
								all[*r.Id] = map[time.Time]float64{}
							}
							if _, twice := all[*r.Id][at]; twice {
								t.Errorf("%s has %v twice", *r.Id, at)
							}
							all[*r.Id][at] = r.Values[i]
						}
					}
					if points > int(most) {
						t.Errorf("%d points in a page of %d", points, most)
					}
				}
				return all, pages, partial
			}
			whole, one, none := read(100_800)
			parts, many, some := read(7)
			if one != 1 || none != 0 || many != int(math.Ceil(float64(len(whole["a"])*3)/7)) || some == 0 {
				t.Errorf("%s %s: %d page, %d partial; %d pages, %d partial", protocol, by, one, none, many, some)
			}
			if fmt.Sprint(whole) != fmt.Sprint(parts) || len(whole["a"]) < 20 || len(whole["none"]) != 0 {
				t.Errorf("%s %s: %v, in parts %v", protocol, by, whole, parts)
			}
		}
	}
}

// TestLinkedAccounts reads another account's metrics from the one that it is linked to.
func TestLinkedAccounts(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon)
	client, ctx := watch(url, "AKIATEST", protocols["cbor"]), t.Context()
	own, err := client.ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: sdk.String("AWS/EC2"), MetricName: sdk.String("CPUUtilization")})
	if err != nil || len(own.OwningAccounts) != 0 {
		t.Fatalf("without linked accounts: %v %v", own.OwningAccounts, err)
	}
	linked, err := client.ListMetrics(ctx, &cloudwatch.ListMetricsInput{
		Namespace: sdk.String("AWS/EC2"), MetricName: sdk.String("CPUUtilization"), IncludeLinkedAccounts: sdk.Bool(true), OwningAccount: sdk.String("444455556666"),
	})
	if err != nil || len(linked.Metrics) == 0 || len(linked.OwningAccounts) != len(linked.Metrics) || linked.OwningAccounts[0] != "444455556666" {
		t.Fatalf("linked: %d metrics of %v, %v", len(linked.Metrics), linked.OwningAccounts, err)
	}
	id := *linked.Metrics[0].Dimensions[0].Value
	mine, theirs, nobody := cpu("mine", id, "Sum", 300), cpu("theirs", id, "Sum", 300), cpu("nobody", id, "Sum", 300)
	mine.MetricStat.Metric.Dimensions, theirs.MetricStat.Metric.Dimensions = linked.Metrics[0].Dimensions, linked.Metrics[0].Dimensions
	theirs.AccountId, nobody.AccountId = sdk.String("444455556666"), sdk.String("777788889999")
	data, err := client.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: sdk.Time(noon.Add(-time.Hour)), EndTime: &noon, MetricDataQueries: []types.MetricDataQuery{mine, theirs, nobody},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := data.MetricDataResults
	if len(r[0].Values) != 0 || len(r[1].Values) == 0 || r[2].StatusCode != "Forbidden" {
		t.Errorf("mine %d, theirs %d, nobody's %v", len(r[0].Values), len(r[1].Values), r[2].StatusCode)
	}
}
