package aws

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// TestCustomMetrics puts many (so that the SDK packs the body), and reads them back.
func TestCustomMetrics(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon)
	ctx := t.Context()
	for protocol, change := range protocols {
		client, namespace := watch(url, "AKIATEST", change), "Shop/"+protocol
		var data []types.MetricDatum
		for i := range 200 { // 0 to 199 in one minute, of which the 99th percentile is 198
			data = append(data, types.MetricDatum{
				MetricName: sdk.String("Basket"), Value: sdk.Float64(float64(i)), Timestamp: sdk.Time(noon.Add(-30*time.Second + time.Duration(i)*time.Millisecond)),
				Unit: types.StandardUnitCount, Dimensions: []types.Dimension{{Name: sdk.String("Till"), Value: sdk.String("north & west")}},
			})
		}
		data = append(data,
			types.MetricDatum{MetricName: sdk.String("Summary"), StatisticValues: &types.StatisticSet{SampleCount: sdk.Float64(4), Sum: sdk.Float64(10), Minimum: sdk.Float64(1), Maximum: sdk.Float64(4)}},
			types.MetricDatum{MetricName: sdk.String("Several"), Values: []float64{1, 10}, Counts: []float64{9, 1}},
		)
		if _, err := client.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: &namespace, MetricData: data}); err != nil {
			t.Fatalf("%s: %v", protocol, err)
		}
		get := func(metric, stat string, dimensions []types.Dimension) []float64 {
			out, err := client.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
				StartTime: sdk.Time(noon.Add(-time.Minute)), EndTime: sdk.Time(noon.Add(time.Minute)),
				MetricDataQueries: []types.MetricDataQuery{{Id: sdk.String("m"), MetricStat: &types.MetricStat{
					Metric: &types.Metric{Namespace: &namespace, MetricName: &metric, Dimensions: dimensions}, Period: sdk.Int32(60), Stat: &stat,
				}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			return out.MetricDataResults[0].Values
		}
		till := []types.Dimension{{Name: sdk.String("Till"), Value: sdk.String("north & west")}}
		for _, c := range []struct {
			metric, stat string
			dimensions   []types.Dimension
			want         string
		}{
			{"Basket", "p99", till, "[197]"}, {"Basket", "p50", till, "[99]"}, {"Basket", "SampleCount", till, "[200]"}, {"Basket", "Average", till, "[99.5]"},
			{"Basket", "Sum", nil, "[]"}, // every dimension, or nothing
			{"Summary", "Maximum", nil, "[4]"}, {"Summary", "Average", nil, "[2.5]"}, {"Several", "Sum", nil, "[19]"}, {"Several", "p90", nil, "[1]"}, {"Several", "p95", nil, "[10]"},
		} {
			if got := fmt.Sprint(get(c.metric, c.stat, c.dimensions)); got != c.want {
				t.Errorf("%s: %s of %s: %s, want %s", protocol, c.stat, c.metric, got, c.want)
			}
		}
		_, err := client.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: sdk.String("AWS/EC2"), MetricData: data[:1]})
		if c := code(err); c != "InvalidParameterValue" && c != "InvalidParameterValueException" {
			t.Errorf("%s: AWS's own namespace: %v", protocol, err)
		}
	}
}

// TestAlarmsOfTheShop lists those that are there from the beginning: composite ones only
// for those who ask.
func TestAlarmsOfTheShop(t *testing.T) {
	t.Parallel()
	_, url := serve(t, func(c *Config) { c.Quotas.DescribeAlarms, c.Quotas.PutMetricAlarm = 0, 0 })
	for name, protocol := range protocols {
		ctx, client := t.Context(), watch(url, "AKIATEST", protocol)
		all, err := client.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}})
		if err != nil {
			t.Fatal(name, err)
		}
		plain, err := client.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
		if err != nil || len(all.MetricAlarms) != 13 || len(all.CompositeAlarms) != 1 || len(plain.MetricAlarms) != 13 || len(plain.CompositeAlarms) != 0 {
			t.Errorf("%s: %d and %d alarms, without types %d and %d: %v", name, len(all.MetricAlarms), len(all.CompositeAlarms), len(plain.MetricAlarms), len(plain.CompositeAlarms), err)
		}
		if rule := sdk.ToString(all.CompositeAlarms[0].AlarmRule); rule != "ALARM(shop-5xx) AND ALARM(shop-requests-odd)" {
			t.Errorf("%s: rule %q", name, rule)
		}
		odd, err := client.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"shop-requests-odd"}})
		if err != nil || len(odd.MetricAlarms) != 1 || len(odd.MetricAlarms[0].Metrics) != 2 || *odd.MetricAlarms[0].Metrics[0].MetricStat.Metric.Dimensions[0].Name != "LoadBalancer" {
			t.Errorf("%s: %+v %v", name, odd, err)
		}
		for _, in := range []*cloudwatch.DescribeAlarmsInput{
			{AlarmTypes: []types.AlarmType{"Odd"}}, {ChildrenOfAlarmName: sdk.String("shop-is-down-page")}, {AlarmNames: []string{"a"}, AlarmNamePrefix: sdk.String("b")},
		} {
			if _, err := client.DescribeAlarms(ctx, in); err == nil {
				t.Errorf("%s: %+v was answered", name, in)
			}
		}
	}
	// Each of them changes, as far as people can change it, and tells what it is on.
	ctx, client := t.Context(), watch(url, "AKIATEST", protocols["cbor"])
	for _, name := range []string{"shop-is-down-page", "shop-requests-odd", "shop-error-share", "shop-slow"} {
		if _, err := client.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: &name, StateValue: types.StateValueAlarm, StateReason: sdk.String("a test")}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAlarmReachesTheQueue changes an alarm's state, and receives that as an event.
func TestAlarmReachesTheQueue(t *testing.T) {
	t.Parallel()
	_, url := serve(t, nil)
	ctx, client := t.Context(), watch(url, "AKIATEST", protocols["cbor"])
	_, err := client.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
		AlarmName: sdk.String("cpu"), Namespace: sdk.String("AWS/EC2"), MetricName: sdk.String("CPUUtilization"), Statistic: types.StatisticAverage,
		Period: sdk.Int32(300), EvaluationPeriods: sdk.Int32(2), Threshold: sdk.Float64(90), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		Dimensions: []types.Dimension{{Name: sdk.String("InstanceId"), Value: sdk.String(report)}}, AlarmDescription: sdk.String("too busy"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second changes nothing, and tells nothing
		if _, err := client.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: sdk.String("cpu"), StateValue: types.StateValueAlarm, StateReason: sdk.String("a test")}); err != nil {
			t.Fatal(err)
		}
	}
	alarms, err := client.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{StateValue: types.StateValueAlarm})
	if err != nil || len(alarms.MetricAlarms) != 1 || *alarms.MetricAlarms[0].Threshold != 90 || *alarms.MetricAlarms[0].Dimensions[0].Value != report {
		t.Fatalf("alarms: %+v, %v", alarms, err)
	}
	if _, err := client.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: sdk.String("no"), StateValue: types.StateValueOk, StateReason: sdk.String("a test")}); code(err) != "ResourceNotFound" {
		t.Errorf("an alarm that is not there: %v", err)
	}

	queue := sqs.New(sqs.Options{Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")})
	where, err := queue.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: sdk.String("parley-events")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: where.QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{"All"},
	})
	if err != nil || len(got.Messages) != 1 || got.Messages[0].Attributes["ApproximateReceiveCount"] != "1" {
		t.Fatalf("received %+v, %v", got, err)
	}
	var event struct {
		DetailType string `json:"detail-type"`
		Account    string
		Resources  []string
		Detail     struct {
			AlarmName            string
			State, PreviousState struct{ Value string }
		}
	}
	if err := json.Unmarshal([]byte(*got.Messages[0].Body), &event); err != nil {
		t.Fatal(err)
	}
	if event.DetailType != "CloudWatch Alarm State Change" || event.Detail.State.Value != "ALARM" || event.Detail.PreviousState.Value != "INSUFFICIENT_DATA" || len(event.Resources) != 1 {
		t.Errorf("event %+v", event)
	}
	done, err := queue.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: where.QueueUrl, Entries: []sqstypes.DeleteMessageBatchRequestEntry{{Id: sdk.String("1"), ReceiptHandle: got.Messages[0].ReceiptHandle}}})
	if err != nil || len(done.Successful) != 1 {
		t.Errorf("deleted %+v, %v", done, err)
	}
	_, err = queue.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: sdk.String("nowhere")})
	if code(err) != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Errorf("a queue that is not there: %v", err)
	}
}
