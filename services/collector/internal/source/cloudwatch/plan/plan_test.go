package plan

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/cost"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/label"
)

const (
	critical = eventv1.Severity_SEVERITY_CRITICAL
	warning  = eventv1.Severity_SEVERITY_WARNING
	info     = eventv1.Severity_SEVERITY_INFO
)

func matchers(t *testing.T, texts ...string) label.Matchers {
	t.Helper()
	var out label.Matchers
	for _, s := range texts {
		m, err := label.ParseMatcher(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func metric(ns, name string, dims ...string) discover.Metric {
	m := discover.Metric{Namespace: ns, Name: name}
	for i := 0; i < len(dims); i += 2 {
		m.Dimensions = append(m.Dimensions, discover.Dimension{Name: dims[i], Value: dims[i+1]})
	}
	return m
}

func input(needs []Need, metrics ...discover.Metric) Input {
	return Input{Account: account.Account{ID: "111122223333", Name: "shop", Team: "infra"}, Region: "eu-west-1", Needs: needs,
		Inventory: &discover.Inventory{Metrics: metrics}, Catalog: catalog.Default(),
		Least: Least{Critical: time.Minute, Warning: 5 * time.Minute, Info: 20 * time.Minute}}
}

func TestOnlyWhatIsNeeded(t *testing.T) {
	t.Parallel()
	cpu := Need{Policy: "cpu", Metric: "aws.ec2.cpu_utilization", Severity: warning, Hold: 30 * time.Minute, Scope: matchers(t, "instance_id=~i-[12]")}
	also := Need{Policy: "also", Metric: "aws.ec2.cpu_utilization", Severity: critical, Hold: 15 * time.Minute, Scope: matchers(t, "instance_id=i-1", "account_name=shop")}
	in := input([]Need{cpu, also},
		metric("AWS/EC2", "CPUUtilization", "InstanceId", "i-1"), metric("AWS/EC2", "CPUUtilization", "InstanceId", "i-2"),
		metric("AWS/EC2", "CPUUtilization", "InstanceId", "i-3"),               // out of scope
		metric("AWS/EC2", "NetworkIn", "InstanceId", "i-1"),                    // nobody needs it
		metric("AWS/EC2", "CPUUtilization", "ImageId", "ami-1"),                // no resource
		metric("AWS/EC2", "CPUUtilization", "InstanceId", "i-1", "Other", "x"), // another set
		metric("AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "orders"))
	p := Make(in)
	if len(p.Queries) != 2 {
		t.Fatalf("%d queries, want 2", len(p.Queries))
	}
	for _, q := range p.Queries {
		id := q.Dimensions[0].Value
		want := map[string]struct {
			every    time.Duration
			policies []string
			severity eventv1.Severity
		}{"i-1": {5 * time.Minute, []string{"also", "cpu"}, critical}, "i-2": {10 * time.Minute, []string{"cpu"}, warning}}[id]
		if q.Statistic != "Average" || q.Period != 5*time.Minute || q.Interval != want.every || !slices.Equal(q.Policies, want.policies) || q.Severity != want.severity {
			t.Errorf("%s: %+v", id, q)
		}
		if got := q.Series.Labels.String(); got != fmt.Sprintf(`{account="111122223333", account_name="shop", instance_id="%s", region="eu-west-1", team="infra"}`, id) {
			t.Errorf("labels %s", got)
		}
	}
	shares := p.Shares()
	// i-1 every 5 minutes is shared by both, i-2 every 10 minutes is cpu's.
	if len(shares) != 2 || shares[0] != (Share{"cpu", 2, 12}) || shares[1] != (Share{"also", 1, 6}) {
		t.Errorf("shares %+v", shares)
	}
	if usd := shares[0].USD(720 * time.Hour); math.Abs(usd-12*720*cost.PerMetric) > 1e-9 {
		t.Errorf("$%v", usd)
	}
	if again := Make(in); again.Queries[0].Key != p.Queries[0].Key {
		t.Error("the same query has another key in the next plan")
	}
}

func TestIntervals(t *testing.T) {
	t.Parallel()
	f := func(name string, severity eventv1.Severity, hold, want time.Duration) {
		t.Helper()
		m, ok := catalog.Find(name)
		if !ok {
			t.Fatalf("no metric %s", name)
		}
		b := &builder{Input: input(nil)}
		if got := b.interval(&Need{Severity: severity, Hold: hold}, m.Period); got != want {
			t.Errorf("%s, %s, holds %s: every %s, want %s", name, severity, hold, got, want)
		}
	}
	status, cpu := "aws.ec2.status_check_failed", "aws.ec2.cpu_utilization"
	f(status, critical, 0, time.Minute)
	f(status, critical, 2*time.Minute, time.Minute)
	f(status, critical, 10*time.Minute, 3*time.Minute)
	f(status, warning, 2*time.Minute, 5*time.Minute)
	f(status, warning, 30*time.Minute, 10*time.Minute)
	f(status, info, 0, 20*time.Minute)
	f(status, info, 24*time.Hour, time.Hour)
	f(cpu, critical, 0, 5*time.Minute)
	f(cpu, critical, 24*time.Hour, time.Hour)
	f("aws.s3.bucket_size_bytes", info, time.Hour, 3*time.Hour)
}

func TestDerived(t *testing.T) {
	t.Parallel()
	p := Make(input([]Need{{Policy: "net", Metric: "aws.ec2.network_bytes", Severity: info, Hold: time.Hour}},
		metric("AWS/EC2", "NetworkIn", "InstanceId", "i-1"), metric("AWS/EC2", "NetworkOut", "InstanceId", "i-1")))
	if len(p.Queries) != 2 || len(p.Derived) != 1 || len(p.Derived[0].Inputs) != 2 {
		t.Fatalf("%d queries, %d derived", len(p.Queries), len(p.Derived))
	}
	for _, q := range p.Queries {
		if q.Series != nil {
			t.Errorf("%s is sent though only its sum is needed", q.Name)
		}
	}
	if s := p.Derived[0].Series; s.Name != "aws.ec2.network_bytes" || s.Interval != 20*time.Minute {
		t.Errorf("series %+v", s)
	}
}

func TestChoice(t *testing.T) {
	t.Parallel()
	needs := []Need{{Policy: "p", Metric: "aws.ec2.cpu_utilization", Severity: info}, {Policy: "q", Metric: "aws.cloudfront.requests", Severity: info}}
	metrics := []discover.Metric{metric("AWS/EC2", "CPUUtilization", "InstanceId", "i-1"),
		metric("AWS/CloudFront", "Requests", "DistributionId", "d", "Region", "Global")}
	f := func(want int, change func(*Input)) {
		t.Helper()
		in := input(needs, metrics...)
		change(&in)
		if got := len(Make(in).Queries); got != want {
			t.Errorf("%d queries, want %d", got, want)
		}
		if n := len(Wants(in)); want == 0 && n > 0 && len(in.Account.Tags) == 0 {
			t.Errorf("looks into %d namespaces for nothing", n)
		}
	}
	f(1, func(*Input) {}) // no global service here
	f(2, func(in *Input) { in.Region = "us-east-1" })
	f(1, func(in *Input) { in.Region, in.GlobalOnly = "us-east-1", true })
	f(0, func(in *Input) { in.Account.Services = []string{"rds"} })
	f(1, func(in *Input) { in.Account.Services = []string{"ec2"} })
	f(0, func(in *Input) { in.Account.Tags = map[string]string{"env": "prod"} }) // nobody knows the tags
	f(0, func(in *Input) { in.Account.Tags, in.Inventory.TagsKnown = map[string]string{"env": "prod"}, true })
	f(1, func(in *Input) { in.Account.Tags, in.Inventory.TagsKnown = map[string]string{"env": "!prod"}, true })
	f(0, func(in *Input) { in.Account.Tags = map[string]string{"env": "~("} })
}

// TestLinked: another account's metrics, read through this one, are its own.
func TestLinked(t *testing.T) {
	t.Parallel()
	m := metric("AWS/EC2", "CPUUtilization", "InstanceId", "i-1")
	m.Owner = "444455556666"
	in := input([]Need{{Policy: "p", Metric: "aws.ec2.cpu_utilization", Severity: info}}, m, metric("AWS/EC2", "CPUUtilization", "InstanceId", "i-1"))
	other := account.Account{ID: "444455556666", Name: "data", Team: "analysts", Regions: []string{"us-east-1"}}
	in.Others = func(id string) (account.Account, bool) { return other, id == other.ID }
	p := Make(in)
	if len(p.Queries) != 2 {
		t.Fatalf("%d queries, want the same instance of two accounts", len(p.Queries))
	}
	for _, q := range p.Queries {
		if q.Owner != "" && (q.Series.Labels.Get("account") != "444455556666" || q.Series.Labels.Get("account_name") != "data" || q.Series.Labels.Get("team") != "analysts") {
			t.Errorf("labels %s", q.Series.Labels)
		}
	}
	other.Regions = []string{"us-east-1", "eu-west-1"}
	if p := Make(in); len(p.Queries) != 1 || p.Queries[0].Owner != "" {
		t.Errorf("%d queries, though the other account is watched by itself", len(p.Queries))
	}
}

func TestStretch(t *testing.T) {
	t.Parallel()
	var metrics []discover.Metric
	for i := range 10 {
		id := fmt.Sprint("i-", i)
		metrics = append(metrics, metric("AWS/EC2", "StatusCheckFailed", "InstanceId", id), metric("AWS/EC2", "CPUUtilization", "InstanceId", id),
			metric("AWS/EC2", "NetworkIn", "InstanceId", id))
	}
	p := Make(input([]Need{{Policy: "c", Metric: "aws.ec2.status_check_failed", Severity: critical},
		{Policy: "w", Metric: "aws.ec2.cpu_utilization", Severity: warning}, {Policy: "i", Metric: "aws.ec2.network_in", Severity: info}}, metrics...))
	full := p.PerHour(1)
	if full != 10*(60+12+3) {
		t.Fatalf("%v an hour", full)
	}
	last := full
	for _, s := range stretches {
		p.Stretch(s)
		for _, q := range p.Queries {
			switch {
			case q.Severity == critical && q.Interval > 2*q.Base, q.Interval < q.Base, q.Interval > Longest:
				t.Errorf("stretched %v, %s is read every %s instead of %s", s, q.Name, q.Interval, q.Base)
			case s > 1 && s <= 1.5 && q.Severity != info && q.Interval != q.Base:
				t.Errorf("stretched %v, %s is late before info is", s, q.Name)
			case s > 1 && q.Severity == info && q.Interval == q.Base:
				t.Errorf("stretched %v, info is as before", s)
			}
		}
		if n := p.PerHour(s); n > last {
			t.Errorf("stretched %v it costs more: %v after %v", s, n, last)
		} else {
			last = n
		}
	}
	if s, ok := p.Fit(full); !ok || s != 1 {
		t.Errorf("it fits as it is, and is stretched %v", s)
	}
	if s, ok := p.Fit(full * 0.6); !ok || p.PerHour(s) > full*0.6 {
		t.Errorf("stretched %v it takes %v, want at most %v", s, p.PerHour(s), full*0.6)
	}
	if _, ok := p.Fit(1); ok {
		t.Error("nothing fits into one an hour")
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0).UTC()
	ask := func(key uint64, period, span time.Duration) Ask {
		to := now.Truncate(period)
		return Ask{&Query{Key: key, Namespace: fmt.Sprint("NS", key%7), Period: period}, to.Add(-span).Truncate(period), to}
	}
	for _, n := range []int{1, 499, 500, 501, 1000, 1001, 4321} {
		var asks []Ask
		for i := range n {
			asks = append(asks, ask(uint64(i), []time.Duration{time.Minute, 5 * time.Minute}[i%2], time.Duration(15+i%20)*time.Minute))
		}
		calls := Calls(asks)
		if want := (n + 499) / 500; len(calls) != want {
			t.Errorf("%d asks make %d calls, want %d", n, len(calls), want)
		}
		got := 0
		for _, c := range calls {
			got += len(c.Asks)
			for _, a := range c.Asks {
				if a.From.Before(c.From) || a.To.After(c.To) || c.From.Unix()%int64(a.Query.Period.Seconds()) != 0 {
					t.Fatalf("%s to %s is asked for %s to %s", c.From, c.To, a.From, a.To)
				}
			}
		}
		if got != n {
			t.Errorf("%d asks, %d of them in calls", n, got)
		}
	}
	// What would have too many points is split.
	var asks []Ask
	for i := range 500 {
		asks = append(asks, ask(uint64(i), time.Minute, 6*time.Hour))
	}
	if n := len(Calls(asks)); n != 2 {
		t.Errorf("500 × 360 points make %d calls, want 2", n)
	}
	if n := len(Calls([]Ask{ask(1, time.Minute, time.Hour), ask(2, 24*time.Hour, 72*time.Hour)})); n != 2 {
		t.Errorf("an hour and three days are asked for in %d calls, want 2", n)
	}
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	got := Needs(&eventv1.Needs{Needs: []*eventv1.Need{
		{Policy: "a", Metric: "cpu.percent"}, {Policy: "b", Metric: "aws.ec2.cpu_utilization", Severity: warning, Hold: durationpb.New(time.Minute)}}}, catalog.Default())
	if len(got) != 1 || got[0].Policy != "b" || got[0].Hold != time.Minute {
		t.Errorf("%+v", got)
	}
}
