package catalog

import (
	"io/fs"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/parley-ops/parley/services/internal/unit"
)

func TestAMetricIsAsItsFileSays(t *testing.T) {
	t.Parallel()
	m, ok := Find("aws.ec2.cpu_utilization.p95")
	if !ok || m.AWS != "CPUUtilization" || m.Statistic != "p95" || m.Default || m.Unit != "%" || m.Missing != Unknown ||
		m.Period != 5*time.Minute || m.Namespace != "AWS/EC2" || !m.Has([]string{"InstanceId"}) || m.Has(nil) || m.Global {
		t.Errorf("%+v", m)
	}
	if m, _ := Find("aws.cloudfront.requests"); !m.Global || m.Missing != Zero || !m.Has([]string{"Region", "DistributionId"}) {
		t.Errorf("%+v", m)
	}
	if _, ok := Find("aws.ec2.nothing"); ok {
		t.Error("a metric that nobody has")
	}
}

// Every service that the shipped policies and the reference name is there.
func TestServicesAreComplete(t *testing.T) {
	t.Parallel()
	var got []string
	for _, s := range Services() {
		got = append(got, s.Name)
		if s.TagType != "" && s.TagDimension == "" {
			t.Errorf("%s: its ARN gives no dimension", s.Name)
		}
	}
	want := strings.Fields(`alb apigateway asg billing cloudfront cwagent dynamodb ebs ec2 ecs efs elasticache elb emr
		events kinesis lambda mq nat nlb opensearch rds redshift route53 s3 sns sqs states`)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryMetricHasAGoodNameAndUnit(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^aws\.[a-z0-9]+\.[a-z0-9][a-z0-9_]*(\.(average|sum|minimum|maximum|sample_count|p\d+(\.\d+)?))?$`)
	c := Default()
	if n := len(c.Names()); n < 400 {
		t.Errorf("only %d metrics", n)
	}
	for _, name := range c.Names() {
		if !form.MatchString(name) || strings.Contains(name, "__") {
			t.Errorf("name %s", name)
		}
		needs, ok := c.Needs(name)
		if !ok || len(needs) == 0 {
			t.Errorf("%s needs nothing", name)
		}
		u := ""
		if m, ok := c.Metric(name); ok {
			u = m.Unit
			if got := c.Name(m.Namespace, m.AWS, m.Statistic, m.Dimensions[0]...); got != name {
				t.Errorf("%s is called %s when it is pushed", name, got)
			}
		} else if d, ok := c.Derived(name); ok {
			u = d.Unit
			if len(d.Dimensions) == 0 || d.Period == 0 {
				t.Errorf("%+v", d)
			}
		}
		if !slices.Contains(Units, u) || unit.Format(1, u) == "" {
			t.Errorf("%s: unit %q", name, u)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ namespace, metric, statistic, dimensions, want string }{
		{"AWS/EC2", "CPUUtilization", "Average", "InstanceId", "aws.ec2.cpu_utilization"},
		{"AWS/EC2", "CPUUtilization", "Average", "", "aws.ec2.cpu_utilization"},
		{"AWS/EC2", "CPUUtilization", "Maximum", "InstanceId", "aws.ec2.cpu_utilization.maximum"},
		{"AWS/EC2", "CPUUtilization", "p99", "InstanceId", "aws.ec2.cpu_utilization.p99"},
		{"AWS/EC2", "CPUUtilization", "Average", "AutoScalingGroupName", "aws.asg.cpu_utilization"},
		{"AWS/EC2", "EBSIOBalance%", "Minimum", "InstanceId", "aws.ec2.ebs_io_balance_percent"},
		{"AWS/EC2", "SomethingNew", "Maximum", "InstanceId", "aws.ec2.something_new.maximum"},
		{"AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", "LoadBalancer", "aws.alb.http_code_elb_5xx_count"},
		{"AWS/ApplicationELB", "TargetResponseTime", "p95", "LoadBalancer", "aws.alb.target_response_time.p95"},
		{"ECS/ContainerInsights", "RunningTaskCount", "Average", "", "aws.ecs.running_task_count"},
		{"My/App", "Orders Per-Minute", "Average", "", "aws.my_app.orders_per_minute"},
		{"My/App", "Latency", "p99.9", "", "aws.my_app.latency.p99.9"},
		{"", "", "", "", "aws._._"},
	} {
		if got := Default().Name(c.namespace, c.metric, c.statistic, strings.Fields(c.dimensions)...); got != c.want {
			t.Errorf("%s %s %s: got %s, want %s", c.namespace, c.metric, c.statistic, got, c.want)
		}
	}
	for name, want := range map[string]string{"ConsumedLCUs": "consumed_lcus", "DBInstanceIdentifier": "db_instance_identifier", "ReadIOPS": "read_iops",
		"BinLogDiskUsage": "bin_log_disk_usage", "DBLoadNonCPU": "db_load_non_cpu", "mem_used_percent": "mem_used_percent", "SSLHandshakeTime": "ssl_handshake_time",
		"CPUUtilization": "cpu_utilization", "ClusterStatus.red": "cluster_status_red", "é": "_"} {
		if got := snake(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	labels := map[string]string{}
	for name, value := range map[string]string{"LoadBalancer": "app/shop/1", "Region": "Global", "InstanceId": "i-1"} {
		labels[LabelName(name)] = value
	}
	if len(labels) != 3 || labels["load_balancer"] != "app/shop/1" || labels["dimension_region"] != "Global" || labels["instance_id"] != "i-1" {
		t.Errorf("%v", labels)
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	f := func(service, arn, want string) {
		t.Helper()
		s, ok := Default().Service(service)
		if !ok {
			t.Fatal(service)
		}
		got := ""
		if dims, ok := s.Resource(arn); ok {
			for _, name := range slices.Sorted(maps.Keys(dims)) {
				got += name + "=" + dims[name] + " "
			}
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("%s %s: got %q, want %q", service, arn, got, want)
		}
	}
	const here = ":eu-west-1:111122223333:"
	f("ec2", "arn:aws:ec2"+here+"instance/i-0ba7", "InstanceId=i-0ba7")
	f("ec2", "arn:aws:ec2"+here+"volume/vol-1", "")
	f("ec2", "i-0ba7", "")
	f("ec2", "arn:aws:ec2"+here+"instance/", "")
	f("alb", "arn:aws:elasticloadbalancing"+here+"loadbalancer/app/shop/50dc", "LoadBalancer=app/shop/50dc")
	f("nlb", "arn:aws:elasticloadbalancing"+here+"loadbalancer/app/shop/50dc", "")
	f("elb", "arn:aws:elasticloadbalancing"+here+"loadbalancer/app/shop/50dc", "")
	f("elb", "arn:aws:elasticloadbalancing"+here+"loadbalancer/old", "LoadBalancerName=old")
	f("rds", "arn:aws:rds"+here+"db:orders", "DBInstanceIdentifier=orders")
	f("sqs", "arn:aws:sqs"+here+"orders-dlq", "QueueName=orders-dlq")
	f("ecs", "arn:aws:ecs"+here+"service/shop/checkout", "ClusterName=shop ServiceName=checkout")
	f("asg", "arn:aws:autoscaling"+here+"autoScalingGroup:0a1b:autoScalingGroupName/web", "AutoScalingGroupName=web")
	f("s3", "arn:aws-us-gov:s3:::pictures", "BucketName=pictures")
	f("states", "arn:aws:states"+here+"stateMachine:pay", "StateMachineArn=arn:aws:states"+here+"stateMachine:pay")
	f("apigateway", "arn:aws:apigateway:eu-west-1::/restapis/abc", "")
}

func TestFormulas(t *testing.T) {
	t.Parallel()
	f := func(name, values string, want float64, there bool) {
		t.Helper()
		d, ok := Default().Derived("aws." + name)
		if !ok {
			t.Fatal(name)
		}
		in := map[string]float64{}
		for kv := range strings.FieldsSeq(values) {
			aws, text, _ := strings.Cut(kv, "=")
			n, err := unit.Parse(text)
			i := slices.IndexFunc(d.Inputs, func(m Metric) bool { return m.AWS == aws })
			if err != nil || i < 0 {
				t.Fatalf("%s: %s: %v", name, kv, err)
			}
			in[d.Inputs[i].Name] = n.Value
		}
		if got, ok := d.Eval(time.Minute, in); ok != there || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s of %s: got %v, %v, want %v, %v", name, values, got, ok, want, there)
		}
	}
	f("alb.http_5xx_percent", "RequestCount=200 HTTPCode_ELB_5XX_Count=1 HTTPCode_Target_5XX_Count=3", 2, true)
	f("alb.http_5xx_percent", "RequestCount=200 HTTPCode_Target_5XX_Count=3", 1.5, true) // no 5xx of its own is 0
	f("alb.http_5xx_percent", "HTTPCode_Target_5XX_Count=3", 0, false)                   // division by zero
	f("alb.http_5xx_percent", "RequestCount=0", 0, false)                                // 0 of 0
	f("alb.http_5xx_percent", "", 0, false)
	f("alb.unhealthy_host_percent", "UnHealthyHostCount=3 HealthyHostCount=1", 75, true)
	f("alb.unhealthy_host_percent", "UnHealthyHostCount=3", 0, false) // the other one is not known
	f("alb.request_rate", "RequestCount=120", 2, true)
	f("lambda.error_percent", "Invocations=40 Errors=2", 5, true)
	f("lambda.error_percent", "Errors=2", 0, false)
	f("apigateway.5xx_percent", "Count=50 5XXError=1", 2, true)
	f("s3.5xx_percent", "AllRequests=50 5xxErrors=1", 2, true)
	f("sqs.sent_minus_deleted", "NumberOfMessagesSent=10 NumberOfMessagesDeleted=4", 6, true)
	f("sqs.sent_minus_deleted", "NumberOfMessagesDeleted=4", -4, true)
	f("dynamodb.read_capacity_percent", "ConsumedReadCapacityUnits=480 ProvisionedReadCapacityUnits=10", 80, true)
	f("dynamodb.read_capacity_percent", "ConsumedReadCapacityUnits=480", 0, false) // on demand
	f("ebs.latency_per_op", "VolumeReadOps=600 VolumeWriteOps=400 VolumeTotalReadTime=3 VolumeTotalWriteTime=2", 0.005, true)
	f("ebs.latency_per_op", "VolumeReadOps=0 VolumeWriteOps=0", 0, false)
	f("ebs.busy_percent", "VolumeIdleTime=15", 75, true)
	f("ebs.queue_excess", "VolumeQueueLength=9 VolumeReadOps=36000 VolumeWriteOps=12000", 5, true)
	f("asg.missing_instances", "GroupDesiredCapacity=4 GroupInServiceInstances=3", 1, true)
	f("asg.missing_instances", "GroupDesiredCapacity=3 GroupInServiceInstances=4", 0, true)
	f("asg.capacity_percent", "GroupDesiredCapacity=6 GroupMaxSize=8", 75, true)
	f("ecs.missing_tasks", "DesiredTaskCount=4 RunningTaskCount=1", 3, true)
	f("elb.surge_queue_percent", "SurgeQueueLength=512", 50, true)
	f("states.failed_percent", "ExecutionsFailed=1 ExecutionsTimedOut=1 ExecutionsSucceeded=38", 5, true)
	f("rds.iops", "ReadIOPS=100 WriteIOPS=20", 120, true)
	f("nat.drop_percent", "PacketsDropCount=1 PacketsInFromSource=99", 1, true)
}

const small = `service: own
namespace: Shop
dimensions: [[Shop]]
period: 1m
missing: zero
metrics:
  - {aws: Orders, unit: count, statistic: Sum, also: [p95]}
`

// A folder of somebody's own adds services and replaces ours.
func TestOwnFiles(t *testing.T) {
	t.Parallel()
	theirs := strings.ReplaceAll(strings.ReplaceAll(small, "own", "ec2"), "Orders", "CPUUtilization")
	c, err := Load(fstest.MapFS{"own.yaml": {Data: []byte(small)}, "ec2.yaml": {Data: []byte(theirs)}, "README.md": {Data: []byte("words")}})
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := c.Metric("aws.own.orders.p95"); !ok || m.Namespace != "Shop" {
		t.Errorf("%+v", m)
	}
	if _, ok := c.Metric("aws.ec2.network_in"); ok {
		t.Error("ours of ec2 is still there")
	}
	if _, ok := c.Metric("aws.rds.cpu_utilization"); !ok {
		t.Error("ours of rds is gone")
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("a folder without a file passes")
	}
	if _, err := Load(fstest.MapFS{"other.yaml": {Data: []byte(small)}}); err == nil || !strings.Contains(err.Error(), "other.yaml: service is own") {
		t.Errorf("%v", err)
	}
}

// The example in the README is one that can be read.
func TestTheREADMEsExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	s, err := Parse([]byte(example))
	if err != nil || len(s.Metrics) != 5 || len(s.Derived) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if v, ok := s.Derived[1].Eval(time.Minute, map[string]float64{"aws.shop.wait.p95": 90, "aws.shop.wait": 20}); !ok || v != 70 {
		t.Errorf("%v, %v", v, ok)
	}
	for _, u := range Units {
		if !strings.Contains(string(readme), "`"+u+"`") {
			t.Errorf("the README has no unit %s", u)
		}
	}
}

func TestWrongFiles(t *testing.T) {
	t.Parallel()
	f := func(old, new, want string) {
		t.Helper()
		text := strings.Replace(small, old, new, 1)
		if text == small {
			t.Fatalf("%q is not there", old)
		}
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s for %s: %v, want %q", new, old, err, want)
		}
	}
	f("unit: count", "unit: furlongs", `unit "furlongs": want one of %, bytes`)
	f("statistic: Sum", "statistic: Total", `statistic "Total": want Average`)
	f("statistic: Sum", "stat: Sum", "stat")
	f("[p95]", "[p200]", `statistic "p200"`)
	f("missing: zero", "missing: nothing", "want zero or unknown")
	f("period: 1m\n", "", "no period")
	f("period: 1m", "period: 90s", `period: "90s"`)
	f("[[Shop]]", "[[Shop, Shop]]", "different names")
	f("service: own", "service: Own!", "small letters")
	f("namespace: Shop\n", "", "namespace: want one")
	f("aws: Orders, ", "", "a metric without `aws`")
	f("[p95]}", "[p95]}\nderived:\n  - {name: x, unit: count, doc: d, formula: Orders / Clients}", "Clients is no metric of own")
	f("[p95]}", "[p95]}\nderived:\n  - {name: x, unit: count, doc: d, formula: Orders +}", "formula")
	f("[p95]}", "[p95]}\nderived:\n  - {name: x, unit: count, doc: d, formula: Orders > 1}", "formula")
	f("[p95]}", "[p95]}\nderived:\n  - {name: x, unit: count, doc: d, formula: '1 + 1'}", "names no metric")
	f("[p95]}", "[p95]}\nderived:\n  - {name: x, unit: count, formula: Orders}", "no doc")
	f("[p95]}", "[p95]}\nderived:\n  - {name: x, unit: count, doc: d, formula: Orders, with: {a: Orders}}", "a is not in the formula")
	f("[p95]}", "[p95]}\nderived:\n  - {name: x, unit: count, doc: d, formula: 'len(1..9999999) + Orders'}", "formula")
	if _, err := Load(fstest.MapFS{"own.yaml": {Data: []byte(small + "derived:\n  - {name: orders, unit: count, doc: d, formula: Orders}\n")}}); err == nil || !strings.Contains(err.Error(), "two metrics are called aws.own.orders") {
		t.Errorf("%v", err)
	}
}

// Whatever is read, Parse answers, and what it takes can be used.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"alb.yaml", "asg.yaml", "s3.yaml"} {
		data, err := fs.ReadFile(shipped, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil {
			return
		}
		if _, err := index(map[string]Service{s.Name: s}); err != nil {
			return
		}
		s.Resource("arn:aws:" + s.TagType + "::::x/y")
		for i := range s.Derived {
			values := map[string]float64{}
			for _, m := range s.Derived[i].Inputs {
				values[m.Name] = 1
			}
			if v, ok := s.Derived[i].Eval(time.Minute, values); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
				t.Errorf("%s is %v", s.Derived[i].Formula, v)
			}
		}
	})
}
