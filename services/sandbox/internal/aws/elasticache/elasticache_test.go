package elasticache

import (
	"net/url"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestDescribeCacheClusters(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	form := url.Values{"Action": {"DescribeCacheClusters"}, "Version": {service.Version}, "ShowCacheNodeInfo": {"true"}}
	status, text := awstest.Call(t, awstest.Assume(t, w, cfg, world.Home, "parley-collector"), "elasticache", form)
	if status != 200 || !strings.Contains(text, "<CacheCluster>") || !strings.Contains(text, "<CacheNode><CacheNodeCreateTime>") {
		t.Errorf("%d %s", status, text)
	}
	if status, text := awstest.Call(t, awstest.Assume(t, w, cfg, world.Home, "parley-actions"), "elasticache", form); status != 403 || !strings.Contains(text, "<Code>AccessDenied</Code>") {
		t.Errorf("%d %s", status, text)
	}
	form.Set("CacheClusterId", "absent")
	if status, text := awstest.Call(t, cfg, "elasticache", form); status != 404 || !strings.Contains(text, "<Code>CacheClusterNotFound</Code>") {
		t.Errorf("%d %s", status, text)
	}
}
