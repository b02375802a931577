package aws

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/monitoring"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// BenchmarkFullCall is a GetMetricData of 500 queries and 10 minutes, of a fleet of
// 1,000 instances, the SDK's client included.
func BenchmarkFullCall(b *testing.B) {
	cfg := Defaults()
	cfg.Quotas = monitoring.Quotas{}
	a, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	place := world.Key{Account: world.Home, Region: "us-west-2"}
	a.World().Generate(place, 1000)
	client := watch("http://sandbox", "AKIATEST", func(o *cloudwatch.Options) {
		o.Region, o.HTTPClient = place.Region, &http.Client{Transport: direct{a.Handler()}}
	})
	var queries []types.MetricDataQuery
	for i, in := range a.World().Instances(place)[:500] {
		queries = append(queries, cpu(fmt.Sprintf("m%d", i), in.ID, "Average", 60))
	}
	now := time.Now()
	b.Run("data", func(b *testing.B) {
		for b.Loop() {
			if _, err := client.GetMetricData(b.Context(), &cloudwatch.GetMetricDataInput{StartTime: sdk.Time(now.Add(-10 * time.Minute)), EndTime: &now, MetricDataQueries: queries}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			if _, err := client.ListMetrics(b.Context(), &cloudwatch.ListMetricsInput{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
