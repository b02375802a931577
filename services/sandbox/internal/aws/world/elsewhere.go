package world

import (
	"math"
)

// virginia is what the shop has in us-east-1, and the metrics of global services.
func (w *World) virginia(p *place) {
	for _, name := range []string{"edge-1", "edge-2"} {
		p.host(w, name, "m5.large", 100, "env=prod owner=operator service=edge parley:actions=allowed", serving(47))
	}
	p.host(w, "load-test", "c5.2xlarge", 30, "env=dev owner=viewer parley:actions=allowed", quiet)
	p.addFunction(w, &Function{Name: "parley-edge-headers", Runtime: "nodejs22.x", MemoryMiB: 128, Timeout: 5e9, Created: w.ago(90), Tags: tags("", "env=prod owner=operator")}, 60, false)
	p.keep("cloudfront:distribution", "E2SHOP00000001", "cloudfront", "distribution/E2SHOP00000001", "env=prod owner=operator service=web").ARN =
		"arn:aws:cloudfront::" + p.Account + ":distribution/E2SHOP00000001"
	cf := p.meter(minute, "AWS/CloudFront", "DistributionId", "E2SHOP00000001", "Region", "Global")
	calls := shape(w.traffic).times(9000)
	failing := func(at int64) float64 {
		if within(at, 2*hour, 50*minute, 6*minute) { // as the balancer behind it
			return 3.1
		}
		return 0.06
	}
	cf("None", "Requests", events(0.06, calls))
	cf("None", "BytesDownloaded", counter(0.1, calls.times(60e3)))
	cf("Percent", "4xxErrorRate", gauge(1, 0.2, 0, 100, steady(1.4)))
	cf("Percent", "5xxErrorRate", gauge(1, 0.2, 0, 100, failing))
	cf("Percent", "TotalErrorRate", gauge(1, 0.2, 0, 100, func(at int64) float64 { return 1.4 + failing(at) }))
	cf("Milliseconds", "OriginLatency", latency(calls, shape(w.traffic).between(50, 110)))
	check := "1b2c3d4e-0000-4000-8000-0000000a1b2c"
	p.keep("route53:healthcheck", check, "route53", "healthcheck/"+check, "Name=shop env=prod owner=operator").ARN = "arn:aws:route53:::healthcheck/" + check
	dns := p.meter(minute, "AWS/Route53", "HealthCheckId", check)
	dns("None", "HealthCheckStatus", exact(func(at int64) float64 {
		if within(at, 9*hour, 4*hour, 5*minute) {
			return 0
		}
		return 1
	}))
	dns("Percent", "HealthCheckPercentageHealthy", exact(steady(100)))
	dns("Milliseconds", "ConnectionTime", gauge(1, 0.2, 0, 1e6, steady(38)))
	dns("Milliseconds", "TimeToFirstByte", gauge(1, 0.2, 0, 1e6, shape(w.traffic).between(70, 140)))
	// what the month has cost so far, every six hours
	bill := func(perDay float64, dims ...string) {
		p.measure(nil, 6*hour, "None", exact(func(at int64) float64 { return math.Round(100*perDay*monthDays(at)) / 100 }),
			"AWS/Billing", "EstimatedCharges", append(dims, "Currency", "USD")...)
	}
	bill(118)
	bill(71, "ServiceName", "AmazonEC2")
	bill(24, "ServiceName", "AmazonRDS")
	bill(1.4, "ServiceName", "AmazonCloudWatch")
}

// monthDays is how many days of its month have passed at a time.
func monthDays(at int64) float64 {
	days := float64(at) / day
	return math.Mod(days+0.5, 30.436875) // every month as long as the average one
}

// data is the account of the analysts, in Ireland.
func (w *World) data(p *place) {
	prod := "env=prod owner=operator parley:actions=allowed service="
	for _, name := range []string{"dw-loader-1", "dw-loader-2"} {
		p.host(w, name, "m5.xlarge", 140, prod+"loader", batch(0))
	}
	p.host(w, "kafka-1", "r5.2xlarge", 300, prod+"kafka", serving(52), detailed)
	p.host(w, "notebook", "t3.xlarge", 60, "env=dev owner=viewer parley:actions=allowed", quiet)
	p.host(w, "gpu-less-trainer", "m5.4xlarge", 21, "env=dev owner=operator", quiet) // may not be acted on
	p.addDatabase(w, &Database{ID: "metastore", Class: "db.m5.large", Engine: "mysql", Version: "8.4.4", GiB: 50, Created: w.ago(300),
		Tags: tags("", "env=prod owner=operator service=metastore")}, office, 40, false)
	p.keep("redshift:cluster", "dw", "redshift", "cluster:dw", "env=prod owner=operator service=dw")
	for _, dims := range [][]string{{"ClusterIdentifier", "dw"}, {"ClusterIdentifier", "dw", "NodeID", "Compute-0"}} {
		rs := p.meter(minute, "AWS/Redshift", dims...)
		rs("Percent", "CPUUtilization", gauge(1, 0.1, 0, 100, shape(nightly).between(12, 82)))
		p.meter(5*minute, "AWS/Redshift", dims...)("Percent", "PercentageDiskSpaceUsed", gauge(1, 0.001, 0, 100, func(at int64) float64 { return 55 + 30*saw(at, 30*day, w.start) }))
		if len(dims) == 2 {
			rs("Count", "HealthStatus", exact(steady(1)))
			rs("Count", "DatabaseConnections", counter(0.2, shape(office).times(22)))
			rs("Count", "MaintenanceMode", none())
		}
	}
	p.stream(w, "events", 60e3)
	p.bucket(w, "data-lake", 42e12, 88e6)
	p.queue(w, "loads", 30, false)
	p.volume(w, "old-lake-export", nil, "gp3", 2000, w.ago(120), "owner=operator")
}
