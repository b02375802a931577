package monitoring

import (
	"slices"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// firstAlarms are those that the shop has made over the years: some good, some that
// nobody looks after, and some of kinds that PutMetricAlarm does not make here.
func (c *CloudWatch) firstAlarms() {
	at := world.Key{Account: world.Home, Region: "eu-west-1"}
	balancers := c.world.Balancers(at)
	i := slices.IndexFunc(balancers, func(b world.Balancer) bool { return b.Name == "shop" })
	if i < 0 {
		return // a world without the shop
	}
	shop := on("LoadBalancer", balancers[i].Dimension())
	instances := map[string]string{}
	for _, one := range c.world.Instances(at) {
		instances[one.Name] = one.ID
	}
	topic := "arn:aws:sns:" + at.Region + ":" + at.Account + ":parley-alarms"
	stop := "arn:aws:automate:" + at.Region + ":ec2:stop"
	now := c.world.Start()
	here := map[string]*alarm{}
	c.alarms.all[at] = here
	add := func(name, description string, settings ...wire.Map) {
		a := unchecked(at, name, now)
		a.configured = now
		a.settings = wire.Map{"AlarmDescription": description, "ActionsEnabled": true, "OKActions": []string{}, "AlarmActions": []string{topic},
			"InsufficientDataActions": []string{}}
		for _, s := range settings {
			for key, value := range s {
				a.settings[key] = value
			}
		}
		here[name] = a
	}
	for _, name := range []string{"api-1", "api-2", "api-3"} {
		add(name+"-cpu-high", "Busy for a quarter of an hour.", metric("AWS/EC2", "CPUUtilization", "Average", 300, on("InstanceId", instances[name])),
			above(80), periods(3, 3))
	}
	add("batch-report-idle", "Nobody uses it: it stops after a day.", metric("AWS/EC2", "CPUUtilization", "Maximum", 3600, on("InstanceId", world.BatchReport)),
		compare("LessThanThreshold", 2), periods(24, 24), wire.Map{"AlarmActions": []string{stop}, "ActionsEnabled": false})
	add("api-3-status-page", "EC2 cannot reach it.", metric("AWS/EC2", "StatusCheckFailed", "Maximum", 60, on("InstanceId", instances["api-3"])),
		compare("GreaterThanOrEqualToThreshold", 1), periods(2, 2), wire.Map{"TreatMissingData": "breaching"})
	add("web-2-cpu-minutes", "Busy at all.", metric("AWS/EC2", "CPUUtilization", "Average", 60, on("InstanceId", instances["web-2"])), above(95), periods(5, 5))
	add("orders-waiting-critical", "Orders wait for more than five minutes.", metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", 60, on("QueueName", "orders")),
		compare("GreaterThanOrEqualToThreshold", 300), periods(3, 5), wire.Map{"TreatMissingData": "notBreaching"})
	add("orders-dlq", "An order was given up.", metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 60, on("QueueName", "orders-dlq")),
		above(0), periods(1, 1), wire.Map{"TreatMissingData": "notBreaching"})
	add("shop-5xx", "Many answers are errors.", metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", 300, shop), above(100), periods(2, 3),
		wire.Map{"TreatMissingData": "notBreaching"})
	add("shop-slow", "One page in a hundred takes long.", extended("AWS/ApplicationELB", "TargetResponseTime", "p99", 60, shop), above(1.5), periods(3, 5))
	add("orders-db-full", "20 GB are left.", metric("AWS/RDS", "FreeStorageSpace", "Minimum", 300, on("DBInstanceIdentifier", "orders")),
		compare("LessThanOrEqualToThreshold", 20e9), periods(2, 2), wire.Map{"TreatMissingData": "ignore"})
	add("shop-requests-odd", "Not as many requests as at this time of other days.", wire.Map{"ThresholdMetricId": "ad1", "Dimensions": []wire.Map{}, "Metrics": []wire.Map{
		queried("m1", "AWS/ApplicationELB", "RequestCount", "Sum", 60, shop), {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)", "Label": "expected", "ReturnData": true},
	}, "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"}, periods(3, 3))
	maths := queried("m1", "AWS/ApplicationELB", "RequestCount", "Sum", 60, shop)
	maths["ReturnData"] = false
	errors := queried("m2", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", 60, shop)
	errors["ReturnData"] = false
	add("shop-error-share", "More than 2 % of answers are errors.", wire.Map{"Dimensions": []wire.Map{}, "Metrics": []wire.Map{
		maths, errors, {"Id": "e1", "Expression": "100 * m2 / m1", "Label": "errors", "ReturnData": true}}}, above(2), periods(3, 3))
	add("shop-is-down-page", "Errors, and few requests.", wire.Map{"AlarmRule": "ALARM(shop-5xx) AND ALARM(shop-requests-odd)"})
}

func on(name, value string) []wire.Map { return []wire.Map{{"Name": name, "Value": value}} }

func metric(namespace, name, statistic string, period int64, dimensions []wire.Map) wire.Map {
	return wire.Map{"Namespace": namespace, "MetricName": name, "Statistic": statistic, "Period": period, "Dimensions": dimensions}
}

func extended(namespace, name, statistic string, period int64, dimensions []wire.Map) wire.Map {
	return wire.Map{"Namespace": namespace, "MetricName": name, "ExtendedStatistic": statistic, "Period": period, "Dimensions": dimensions}
}

// queried is a metric among several of an alarm.
func queried(id, namespace, name, statistic string, period int64, dimensions []wire.Map) wire.Map {
	return wire.Map{"Id": id, "ReturnData": true, "MetricStat": wire.Map{
		"Metric": wire.Map{"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}, "Period": period, "Stat": statistic}}
}

func compare(operator string, threshold float64) wire.Map {
	return wire.Map{"ComparisonOperator": operator, "Threshold": threshold}
}

func above(threshold float64) wire.Map { return compare("GreaterThanThreshold", threshold) }

// periods are how many of how many have to be breaching.
func periods(hold, of int64) wire.Map {
	return wire.Map{"DatapointsToAlarm": hold, "EvaluationPeriods": of}
}
