package waste

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/account"
)

// cloud answers EC2, ELB and RDS as their XML, and CloudWatch as the client's
// own types.
type cloud struct {
	mu        sync.Mutex
	state     string
	denied    string // an operation
	throttle  int    // calls
	asked     int
	described int
}

func (c *cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	rec := httptest.NewRecorder()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.described++
	long := time.Now().Add(-60 * 24 * time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
	switch action := form.Get("Action"); {
	case action == c.denied:
		rec.WriteHeader(403)
		fmt.Fprint(rec, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: rds:DescribeDBInstances</Message></Error><RequestId>r1</RequestId></ErrorResponse>`)
	case action == "DescribeInstances":
		fmt.Fprintf(rec, `<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceType>m5.2xlarge</instanceType>
			<instanceState><code>16</code><name>%s</name></instanceState><launchTime>%s</launchTime><reason>User initiated (2026-11-13 08:12:00 GMT)</reason><platformDetails>Linux/UNIX</platformDetails>
			<tagSet><item><key>Name</key><value>batch-report</value></item><item><key>owner</key><value>operator</value></item><item><key>environment</key><value>staging</value></item></tagSet>
			</item></instancesSet></item></reservationSet></DescribeInstancesResponse>`, c.state, long)
	case action == "DescribeVolumes":
		fmt.Fprintf(rec, `<DescribeVolumesResponse><volumeSet><item><volumeId>vol-1</volumeId><size>100</size><volumeType>gp3</volumeType><iops>3000</iops><status>available</status><createTime>%s</createTime></item>
			<item><volumeId>vol-2</volumeId><size>10</size><volumeType>gp3</volumeType><status>creating</status><createTime>%s</createTime></item></volumeSet></DescribeVolumesResponse>`, long, long)
	case action == "DescribeNatGateways":
		fmt.Fprintf(rec, `<DescribeNatGatewaysResponse><natGatewaySet><item><natGatewayId>nat-1</natGatewayId><state>available</state><createTime>%s</createTime></item></natGatewaySet></DescribeNatGatewaysResponse>`, long)
	case action == "DescribeLoadBalancers":
		fmt.Fprintf(rec, `<DescribeLoadBalancersResponse><DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerArn>arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/old/1</LoadBalancerArn>
			<LoadBalancerName>old</LoadBalancerName><Type>application</Type><CreatedTime>%s</CreatedTime></member></LoadBalancers></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>`, long)
	case action == "DescribeTags":
		fmt.Fprint(rec, `<DescribeTagsResponse><DescribeTagsResult><TagDescriptions><member><ResourceArn>arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/old/1</ResourceArn>
			<Tags><member><Key>owner</Key><Value>ann</Value></member></Tags></member></TagDescriptions></DescribeTagsResult></DescribeTagsResponse>`)
	case action == "DescribeDBInstances":
		fmt.Fprintf(rec, `<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceIdentifier>reports</DBInstanceIdentifier><DBInstanceClass>db.m5.large</DBInstanceClass>
			<Engine>postgres</Engine><DBInstanceStatus>available</DBInstanceStatus><MultiAZ>true</MultiAZ><InstanceCreateTime>%s</InstanceCreateTime></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`, long)
	}
	return rec.Result(), nil
}

// GetMetricData gives every metric 2 in every hour but the load balancer's, in
// pages of 100 points.
func (c *cloud) GetMetricData(_ context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.throttle > 0 {
		c.throttle--
		return nil, &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
	}
	page := 0
	if in.NextToken != nil {
		fmt.Sscan(*in.NextToken, &page)
	} else {
		c.asked += len(in.MetricDataQueries)
	}
	out := &cloudwatch.GetMetricDataOutput{}
	from, hours := aws.ToTime(in.StartTime), int(in.EndTime.Sub(*in.StartTime)/time.Hour)
	for _, q := range in.MetricDataQueries {
		value := 2.0
		switch *q.MetricStat.Metric.Namespace {
		case "AWS/ApplicationELB", "AWS/RDS", "AWS/NATGateway":
			value = 0
		case "AWS/EBS", "CWAgent":
			continue
		}
		if *q.MetricStat.Metric.MetricName == "StatusCheckFailed" {
			value = 0
		}
		r := types.MetricDataResult{Id: q.Id}
		for h := page * 100; h < min((page+1)*100, hours); h++ {
			r.Timestamps = append(r.Timestamps, from.Add(time.Duration(h)*time.Hour))
			r.Values = append(r.Values, value)
		}
		out.MetricDataResults = append(out.MetricDataResults, r)
	}
	if (page+1)*100 < hours {
		out.NextToken = aws.String(fmt.Sprint(page + 1))
	}
	return out, nil
}

// GetMetricStatistics gives what GetMetricData does.
func (c *cloud) GetMetricStatistics(ctx context.Context, in *cloudwatch.GetMetricStatisticsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricStatisticsOutput, error) {
	got := &cloudwatch.GetMetricStatisticsOutput{}
	q := &cloudwatch.GetMetricDataInput{StartTime: in.StartTime, EndTime: in.EndTime, MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("m0"),
		MetricStat: &types.MetricStat{Metric: &types.Metric{Namespace: in.Namespace, MetricName: in.MetricName}}}}}
	for {
		out, err := c.GetMetricData(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, r := range out.MetricDataResults {
			for i := range r.Timestamps {
				got.Datapoints = append(got.Datapoints, types.Datapoint{Timestamp: &r.Timestamps[i], Maximum: &r.Values[i], Sum: &r.Values[i], SampleCount: &r.Values[i]})
			}
		}
		if q.NextToken = out.NextToken; q.NextToken == nil {
			return got, nil
		}
	}
}

func (c *cloud) ListMetrics(context.Context, *cloudwatch.ListMetricsInput, ...func(*cloudwatch.Options)) (*cloudwatch.ListMetricsOutput, error) {
	return nil, errors.New("not asked for here")
}

// sink keeps the newest value of each series, and how many samples came.
type sink struct {
	mu     sync.Mutex
	values map[string]float64
	labels map[string]string
	count  int
}

func (s *sink) Store(_ context.Context, samples []batch.Sample) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range samples {
		key := strings.TrimPrefix(x.Series.Name, "aws.waste.") + " " + x.Series.Labels.Get("resource")
		s.values[key], s.labels[key] = x.Value, x.Series.Labels.String()
		s.count++
	}
	return nil
}

func (c *cloud) target() *target.Target {
	return target.New(target.Config{Account: account.Account{ID: "111122223333", Name: "shop", Team: "infra", Labels: []string{"Name", "environment", "owner"}},
		Region: "eu-west-1", API: c, AWS: aws.Config{Region: "eu-west-1", HTTPClient: &http.Client{Transport: c},
			Credentials: credentials.NewStaticCredentialsProvider("k", "s", "")}})
}

func TestAPartFindsPricesAndTakesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{state: "running", throttle: 2}
		s := &sink{values: map[string]float64{}, labels: map[string]string{}}
		c.mu.Lock() // what is read below is the part's to write meanwhile
		s.mu.Lock()
		pass := func(d time.Duration) {
			c.mu.Unlock()
			s.mu.Unlock()
			time.Sleep(d)
			synctest.Wait()
			c.mu.Lock()
			s.mu.Lock()
		}
		tg := c.target()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- New(Defaults()).Run(ctx, tg, s) }()
		pass(time.Minute)
		for key, check := range map[string]func(float64) bool{
			"idle_instance.usd_month i-1":            func(v float64) bool { return v > 200 },
			"idle_instance.hours i-1":                func(v float64) bool { return v == 14*24 },
			"idle_instance.confidence_percent i-1":   func(v float64) bool { return v == HighConfidence },
			"idle_instance.cpu_max_percent i-1":      func(v float64) bool { return v == 2 },
			"oversized_instance.hours i-1":           func(v float64) bool { return v == 0 },
			"unattached_volume.usd_month vol-1":      func(v float64) bool { return v > 5 },
			"unattached_volume.hours vol-2":          func(v float64) bool { return v == 0 },
			"idle_load_balancer.usd_month app/old/1": func(v float64) bool { return v > 10 },
			"idle_database.usd_month reports":        func(v float64) bool { return v > 100 },
			"idle_nat_gateway.hours nat-1":           func(v float64) bool { return v == 14*24 },
		} {
			if v, ok := s.values[key]; !ok || !check(v) {
				t.Errorf("%s: %v, %v", key, v, ok)
			}
		}
		labels := s.labels["idle_instance.usd_month i-1"]
		for _, want := range []string{`account="111122223333"`, `account_name="shop"`, `region="eu-west-1"`, `team="infra"`, `name="batch-report"`, `owner="operator"`, `env="staging"`,
			`instance_id="i-1"`, `instance_type="m5.2xlarge"`, `resource_type="instance"`} {
			if !strings.Contains(labels, want) {
				t.Errorf("no %s in %s", want, labels)
			}
		}
		if got := s.labels["idle_load_balancer.hours app/old/1"]; !strings.Contains(got, `owner="ann"`) || !strings.Contains(got, `name="old"`) {
			t.Errorf("load balancer: %s", got)
		}

		// Looking again costs nothing, and nothing new is nothing to say.
		asked, count, described := c.asked, s.count, c.described
		if spent := tg.Meter().Counts(time.Now()); spent.MetricsRequested < uint64(asked) || spent.MetricsRequested > uint64(asked+2*7) {
			t.Errorf("%d metrics requested, %d on the meter", asked, spent.MetricsRequested)
		}
		pass(20 * time.Minute)
		if more := s.count - count; c.asked != asked || more != 0 || c.described < described+40 {
			t.Errorf("asked %d times more, %d samples more, %d calls", c.asked-asked, more, c.described-described)
		}
		// It is stopped, and RDS cannot be listed any more.
		c.state, c.denied = "stopped", "DescribeDBInstances"
		pass(3 * time.Minute)
		for _, figure := range []string{"usd_month", "hours", "confidence_percent"} {
			if v := s.values["idle_instance."+figure+" i-1"]; v != 0 {
				t.Errorf("%s is still %v", figure, v)
			}
		}
		if s.values["idle_database.usd_month reports"] == 0 {
			t.Error("what could not be listed is taken back")
		}
		if p := tg.Problem(); !strings.Contains(p, "111122223333") || !strings.Contains(p, "rds:DescribeDBInstances") {
			t.Errorf("problem %q", p)
		}
		if c.asked != asked {
			t.Error("paid for that")
		}
		pass(time.Hour)
		if c.asked == asked || s.count < 2*count/2 {
			t.Error("not asked again after an hour")
		}
		c.mu.Unlock()
		s.mu.Unlock()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestTheFreeTierCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cloud{state: "running", throttle: 2}
		tg := c.target()
		tg.Account.FreeTier = true
		s := &sink{values: map[string]float64{}, labels: map[string]string{}}
		l := look{rules: Defaults(), prices: ListPrices(), t: tg, said: newSaid(tg.Account, tg.Region, time.Hour)}
		if err := l.once(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if s.values["idle_instance.confidence_percent i-1"] != HighConfidence || s.values["idle_database.hours reports"] != 14*24 || s.values["unattached_volume.hours vol-1"] != 14*24 {
			t.Errorf("found %v", s.values)
		}
		spent := tg.Meter().Counts(time.Now())
		if spent.MetricsRequested != 0 || spent.StatRequests < uint64(c.asked) || spent.USD() != 0 {
			t.Errorf("spent %+v for %d metrics", spent, c.asked)
		}
	})
}

func TestUnknownPricesAreNotSaid(t *testing.T) {
	t.Parallel()
	s := newSaid(account.Account{ID: "1", Team: "infra"}, "eu-west-1", time.Hour)
	j := Judgement{Kind: IdleInstance, Resource: "i-1", Type: "instance", Waste: true, For: 30 * time.Hour}
	names := func(everything bool, js ...Judgement) (out []string) {
		for _, x := range s.samples(js, time.Now(), everything) {
			out = append(out, fmt.Sprintf("%s=%v", strings.TrimPrefix(x.Series.Name, "aws.waste.idle_instance."), x.Value))
		}
		return out
	}
	if got := fmt.Sprint(names(true, j)); got != "[hours=30]" {
		t.Error(got)
	}
	_ = names(false, j) // a look at which all is as it was
	j.Waste = false
	if got := fmt.Sprint(names(false, j)); got != "[hours=30 hours=0]" { // until then it was not
		t.Error(got)
	}
	if got := fmt.Sprint(names(false, j)); got != "[]" {
		t.Error(got)
	}
	if got := fmt.Sprint(names(true)); got != "[]" {
		t.Error(got)
	}
}

func TestLabelNames(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"Name": "name", "environment": "env", "Cost Center": "cost_center", "a/b": "a_b"} {
		if got := labelName(tag); got != want {
			t.Errorf("%s: %s", tag, got)
		}
	}
	if got := cut(strings.Repeat("é", 600), 1024); len(got) != 1024 {
		t.Error(len(got))
	}
}
