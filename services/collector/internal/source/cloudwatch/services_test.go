package cloudwatch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

const shopService = `service: shop
namespace: Shop/Orders
dimensions: [[Till]]
period: 1m
missing: unknown
metrics:
  - {aws: Orders, unit: count, statistic: Sum}
`

// A service file of somebody's own is read like ours, and ours as before.
func TestOwnServices(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "shop.yaml")
	if err := os.WriteFile(file, []byte(shopService), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 1)
		r.aws.metrics[""] = append(r.aws.metrics[""], fakeMetric{"Shop/Orders", "Orders", "Till", "t-1"})
		r.needs("a", need("few", "aws.shop.orders", critical, 2*time.Minute), need("down", status, critical, 2*time.Minute))
		r.start("one", func(c *Config) { c.Services = dir }, nil)
		time.Sleep(20 * time.Minute)
		found := map[string]int{}
		for s := range r.stored() {
			found[s.name]++
		}
		if found["aws.shop.orders"] < 10 || found[status] < 10 {
			t.Errorf("buckets read: %v", found)
		}
	})
	if err := os.WriteFile(file, []byte(strings.Replace(shopService, "count", "furlongs", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Defaults()
	c.Services = dir
	if _, err := New(c, source.Deps{Log: bustest.Log(t)}); err == nil || !strings.Contains(err.Error(), `--collector-cloudwatch-services: shop.yaml: Orders: unit "furlongs"`) {
		t.Errorf("%v", err)
	}
}
