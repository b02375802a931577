package cloudwatch

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

// document is what AWS says of one alarm on an instance's CPU; more replaces keys.
func document(more string) []byte {
	base := map[string]string{"AlarmName": `"cpu"`, "AlarmArn": `"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu"`, "Namespace": `"AWS/EC2"`, "MetricName": `"CPUUtilization"`,
		"Statistic": `"Average"`, "Period": "300", "EvaluationPeriods": "1", "Threshold": "80", "ComparisonOperator": `"GreaterThanThreshold"`,
		"Dimensions": `[{"Name": "InstanceId", "Value": "i-1"}]`}
	for line := range strings.SplitSeq(more, "\n") {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			base[key] = value
		}
	}
	var pairs []string
	for key, value := range base {
		if value != "-" {
			pairs = append(pairs, `"`+key+`": `+value)
		}
	}
	slices.Sort(pairs)
	return []byte("{\n\"MetricAlarms\": [\n{" + strings.Join(pairs, ", ") + "}]}")
}

func imported(t *testing.T, more string) importer.Result {
	t.Helper()
	alarms, err := Read("a.json", document(more))
	if err != nil {
		t.Fatalf("%s: %v", more, err)
	}
	return Import(catalog.Default(), alarms)
}

// policyOf returns the only policy as text, which has no fault.
func policyOf(t *testing.T, more string) string {
	t.Helper()
	got := imported(t, more)
	if len(got.Policies) != 1 {
		t.Fatalf("%s: %+v", more, got.Refused)
	}
	text, err := importer.Write(got.Policies)
	if problems := policy.Parse("p", text).Problems; err != nil || len(problems) > 0 {
		t.Fatalf("%v %v\n%s", err, problems, text)
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(string(text), "\n  #", " ")), " ")
}

func TestWhatAnAlarmBecomes(t *testing.T) {
	t.Parallel()
	f := func(more string, want ...string) {
		t.Helper()
		text := policyOf(t, more)
		for _, w := range want {
			w, without := strings.CutPrefix(w, "no ")
			if strings.Contains(text, w) == without {
				t.Errorf("%s\nlacks, or has: %s\n%s", more, w, text)
			}
		}
	}
	f("", "a.json:3, alarm cpu: AWS/EC2 CPUUtilization Average > 80, 1 of 1 periods of 5m, missing data missing", "severity: warning", "warning was taken",
		"scope: {account: =111122223333, region: =eu-west-1, instance_id: =i-1}", "when: {metric: aws.ec2.cpu_utilization, above: 80, no_data_after: 15m}", "no_data: ok", "no channels:", "no enabled")
	f(`ComparisonOperator: "GreaterThanOrEqualToThreshold"`, "above: 80, or_equal: true")
	f(`ComparisonOperator: "LessThanOrEqualToThreshold"`, "below: 80, or_equal: true")
	f("ComparisonOperator: \"LessThanThreshold\"\nThreshold: -1e6", "below: -1000000, no_data_after")
	f("EvaluationPeriods: 5\nDatapointsToAlarm: 3\nTreatMissingData: \"notBreaching\"", "datapoints: {hold: 3, of: 5, every: 5m, missing: notBreaching}}", "no_data: keep")
	f(`TreatMissingData: "breaching"`, "datapoints: {hold: 1, of: 1, every: 5m, missing: breaching}}", "never sent anything")
	f(`TreatMissingData: "ignore"`, "above: 80} no_data: keep")
	f(`AlarmName: "PROD-api-Sev1"`, "name: prod-api-sev1", "severity: critical", "no warning was taken")
	f(`AlarmName: "homepage info"`, "severity: info")
	f(`AlarmArn: -`, "scope: {instance_id: =i-1}")
	f("Statistic: -\nExtendedStatistic: \"p95\"", "metric: aws.ec2.cpu_utilization.p95, above: 80")
	f("Statistic: \"Maximum\"\nPeriod: 3600", `expr: highest("55m") > 80`, "no slide")
	f("Period: 600\nEvaluationPeriods: 2", `expr: mean("5m") > 80, datapoints: {hold: 2, of: 2, every: 10m`, "weighs them", "periods of 10m slide")
	f("Unit: \"Percent\"", "above: 80")
	f("ActionsEnabled: false\nAlarmDescription: \"a\\n b\"", "enabled: false", "actions are off", "description: a b")
	queue := "Namespace: \"AWS/SQS\"\nMetricName: \"NumberOfMessagesSent\"\nStatistic: \"Sum\"\nPeriod: 300\nDimensions: [{\"Name\": \"QueueName\", \"Value\": \"q\"}]\n"
	f(queue, `metric: aws.sqs.number_of_messages_sent, expr: total("4m") > 80`, "that is 0 here")
	f(queue+"Period: 60\nTreatMissingData: \"notBreaching\"", "above: 80, datapoints", "no that is 0 here")
	f("Namespace: \"AWS/DynamoDB\"\nMetricName: \"ThrottledRequests\"\nStatistic: \"Sum\"\nPeriod: 60\nDimensions: [{\"Name\": \"TableName\", \"Value\": \"t\"}, {\"Name\": \"Operation\", \"Value\": \"GetItem\"}]\nTreatMissingData: \"breaching\"\nEvaluationPeriods: 2",
		"always ignored", "missing: ignore")
	one := `"MetricStat": {"Metric": {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]}, "Period": 300, "Stat": "Average"}`
	several := "Namespace: -\nMetricName: -\nStatistic: -\nPeriod: -\nDimensions: []\nMetrics: "
	f(several+`[{"Id": "m1", `+one+`}]`, "metric: aws.ec2.cpu_utilization, above: 80")
	f(several+`[{"Id": "m1", "AccountId": "444455556666", `+one+`}]`, "account: =444455556666", "of account 444455556666")
	band := "\nThreshold: -\nThresholdMetricId: \"b\"\nComparisonOperator: "
	f(several+`[{"Id": "m1", `+one+`}, {"Id": "b", "Expression": "ANOMALY_DETECTION_BAND(m1, 2.5)"}]`+band+`"LessThanLowerOrGreaterThanUpperThreshold"`, "outside: baseline, tolerance: 2.5 sigma")
	f(several+`[{"Id": "m1", `+one+`}, {"Id": "b", "Expression": "ANOMALY_DETECTION_BAND(m1)"}]`+band+`"GreaterThanUpperThreshold"`, "above: baseline, tolerance: 2 sigma")
}

func TestActionsAreToldAndNotTaken(t *testing.T) {
	t.Parallel()
	text := policyOf(t, `AlarmActions: ["arn:aws:sns:eu-west-1:111122223333:ops", "arn:aws:automate:eu-west-1:ec2:stop", "arn:aws:swf:us-east-1:1:action/actions/AWS_EC2.InstanceId.Reboot/1.0", "arn:aws:automate:eu-west-1:ec2:recover", "arn:aws:autoscaling:eu-west-1:1:scalingPolicy:x:autoScalingGroupName/web:policyName/up", "arn:aws:lambda:eu-west-1:1:function:f", "arn:aws:ssm:eu-west-1:1:opsitem:1"]
OKActions: ["arn:aws:sns:eu-west-1:111122223333:ok"]
InsufficientDataActions: ["nonsense"]`)
	for _, want := range []string{"In ALARM CloudWatch tells the SNS topic ops.", "does stop to the instance: `actions: [stop-instance]`", "does reboot to the instance: `actions: [reboot-instance]`",
		"does recover to the instance: no action of ours does", "scales by arn:aws:autoscaling", "calls the function f.", "does arn:aws:ssm:eu-west-1:1:opsitem:1.", "In OK CloudWatch tells the SNS topic ok.",
		"In INSUFFICIENT_DATA CloudWatch does nonsense.", "None of that is taken over."} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %s\n%s", want, text)
		}
	}
	_, when, _ := strings.Cut(text, "- name:")
	if strings.Contains(when, "actions:") {
		t.Errorf("an action was taken over: %s", text)
	}
	shipped, err := os.ReadFile("../../../../../deploy/actions/aws.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, ours := range onInstance {
		if ours != "" && !strings.Contains(string(shipped), "- name: "+ours+"\n") {
			t.Errorf("no action %s is shipped", ours)
		}
	}
}

func TestRefusedWithWhatToDo(t *testing.T) {
	t.Parallel()
	f := func(more, want string) {
		t.Helper()
		got := imported(t, more)
		if len(got.Refused) != 1 || len(got.Policies) != 0 || !strings.Contains(got.Refused[0].Reason, want) || got.Refused[0].Line != 3 {
			t.Errorf("%s: %+v", more, got)
		}
	}
	f("Period: 60", "its period is 1m, and aws.ec2.cpu_utilization is read every 5m")
	f("Period: 420", "no multiple of the 5m")
	f("Statistic: -\nExtendedStatistic: \"tm99\"", "is read as Average, Maximum, p95, not as tm99: put it under `also`")
	f("Statistic: -\nExtendedStatistic: \"p95\"\nPeriod: 600", "p95 of 10m cannot be made of those of 5m")
	f(`Dimensions: [{"Name": "ImageId", "Value": "ami-1"}]`, "the dimensions InstanceId")
	f(`Dimensions: []`, "not with none")
	f("Namespace: \"Shop\"\nMetricName: \"Orders\"", "Shop Orders is not read: describe it in a service file, {aws: Orders, unit: …, statistic: Average}")
	f(`Unit: "Kilobytes"`, "it wants AWS/EC2 CPUUtilization in Kilobytes, and it comes in %")
	f("EvaluationPeriods: 100", "a policy looks at 1 to 60")
	f("EvaluationPeriods: 2\nDatapointsToAlarm: 3", "3 of 2 periods")
	f("Threshold: -", "no threshold")
	f(`ComparisonOperator: "GreaterThanUpperThreshold"`, "not one for what it compares with")
	f(`TreatMissingData: "odd"`, "a policy cannot say it")
	f(`Metrics: [{"Id": "e", "Expression": "m1/m2"}]`, "metric maths (m1/m2)")
	f(`Metrics: [{"Id": "q", "Expression": "SELECT AVG(CPUUtilization) FROM SCHEMA(\"AWS/EC2\", InstanceId)"}]`, "metric maths (SELECT")
	f(`EvaluationCriteria: {"PromQLCriteria": {"Query": "up"}}`, "PromQL")
}

func TestReadSaysWhere(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"":                                "a.json:1: want the JSON",
		"MetricAlarms: []":                "a.json:1: want the JSON",
		"{}":                              "no list of MetricAlarms",
		"{\"MetricAlarms\": [\n{},\n{}]}": "a.json:3: want the JSON of `aws cloudwatch describe-alarms`: an alarm without AlarmName",
		`{"MetricAlarms": {}}`:            "MetricAlarms: not { but [",
		`{"MetricAlarms": [`:              "EOF",
	} {
		if _, err := Read("a.json", []byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", data, err)
		}
	}
	// Several, one after the other, with all kinds.
	alarms, err := Read("a.json", []byte("{\"MetricAlarms\": [], \"CompositeAlarms\": [\n {\"AlarmName\": \"both\", \"AlarmRule\": \"ALARM(a)\"}]}\n{\"LogAlarms\": [{\"AlarmName\": \"l\"}], \"NextToken\": \"x\"}"))
	if err != nil || len(alarms) != 2 || alarms[0].Line != 2 || alarms[1].Kind != OfLogs {
		t.Fatalf("%+v %v", alarms, err)
	}
	got := Import(catalog.Default(), append(alarms, alarms...))
	if got.Rules != 4 || !strings.HasPrefix(got.Refused[0].Reason, "a composite alarm: ") || got.Refused[0].Rule != "both" {
		t.Errorf("%+v", got)
	}
}

// Two alarms of one name, in two regions, are two policies.
func TestNamesAreDistinct(t *testing.T) {
	t.Parallel()
	alarms, err := Read("a.json", append(document(""), document("")...))
	if err != nil {
		t.Fatal(err)
	}
	text, err := importer.Write(Import(catalog.Default(), alarms).Policies)
	if problems := policy.Parse("p", text).Problems; err != nil || len(problems) > 0 || !strings.Contains(string(text), "- name: cpu-2\n") {
		t.Errorf("%v %v\n%s", err, problems, text)
	}
}

func FuzzImport(f *testing.F) {
	f.Add(document(""))
	f.Add(document("Period: 600\nEvaluationPeriods: 2\nAlarmName: \"\\u0000é\""))
	f.Add([]byte(`{"CompositeAlarms": [{"AlarmName": "x"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		alarms, err := Read("f", data)
		if err != nil {
			return
		}
		got := Import(catalog.Default(), alarms)
		if got.Rules != len(got.Policies)+len(got.Refused) {
			t.Errorf("%d alarms, %d policies, %d refused", got.Rules, len(got.Policies), len(got.Refused))
		}
		text, err := importer.Write(got.Policies)
		if problems := policy.Parse("f", text).Problems; len(got.Policies) > 0 && (err != nil || len(problems) > 0) {
			t.Errorf("%v %v\n%s", err, problems, text)
		}
	})
}
