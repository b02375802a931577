package monitoring

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

const maxAlarms = 5000 // of one account in one region

// alarms are those of all accounts and regions, by name.
type alarms struct {
	mu  sync.Mutex
	all map[world.Key]map[string]*alarm
}

// alarm is one alarm: what PutMetricAlarm said, and its state.
type alarm struct {
	name, arn                    string
	settings                     wire.Map // as DescribeAlarms returns them
	state, reason, reasonData    string
	updated, changed, configured time.Time
}

// kinds of alarms, as AlarmTypes names them.
const metricAlarm, compositeAlarm = "MetricAlarm", "CompositeAlarm"

func (a *alarm) kind() string {
	if a.settings["AlarmRule"] != nil {
		return compositeAlarm
	}
	return metricAlarm
}

func newAlarms() *alarms { return &alarms{all: map[world.Key]map[string]*alarm{}} }

func (c *CloudWatch) putMetricAlarm(r *wire.Request, at world.Key) (wire.Answer, error) {
	name := r.Text("AlarmName")
	if name == "" || len(name) > 255 {
		return nil, wire.Validation("The parameter AlarmName must have 1 to 255 characters.")
	}
	settings, err := readAlarm(r)
	if err != nil {
		return nil, err
	}
	c.alarms.mu.Lock()
	defer c.alarms.mu.Unlock()
	here := c.alarms.all[at]
	if here == nil {
		here = map[string]*alarm{}
		c.alarms.all[at] = here
	}
	now := c.world.Now()
	a := here[name]
	if a == nil {
		if len(here) >= maxAlarms {
			return nil, &wire.Error{Code: "LimitExceeded", JSON: "LimitExceededFault", Message: "The maximum limit of alarms exceeded"}
		}
		a = unchecked(at, name, now)
		here[name] = a
	}
	r.Touch(a.arn)
	a.settings, a.configured = settings, now
	return nil, nil
}

// unchecked returns an alarm that is new.
func unchecked(at world.Key, name string, now time.Time) *alarm {
	return &alarm{
		name: name, arn: "arn:aws:cloudwatch:" + at.Region + ":" + at.Account + ":alarm:" + name,
		state: "INSUFFICIENT_DATA", reason: "Unchecked: Initial alarm creation", updated: now, changed: now,
	}
}

// readAlarm reads what DescribeAlarms returns again, and checks it.
func readAlarm(r *wire.Request) (wire.Map, error) {
	m := wire.Map{}
	for _, name := range []string{"AlarmDescription", "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "ComparisonOperator", "TreatMissingData", "Unit"} {
		if r.Has(name) {
			m[name] = r.Text(name)
		}
	}
	for _, name := range []string{"Period", "EvaluationPeriods", "DatapointsToAlarm"} {
		if r.Has(name) {
			m[name] = r.Int(name, 0)
		}
	}
	if r.Has("Threshold") {
		m["Threshold"] = r.Float("Threshold")
	}
	for _, name := range []string{"AlarmActions", "OKActions", "InsufficientDataActions"} {
		m[name] = append([]string{}, r.Texts(name)...)
	}
	m["ActionsEnabled"] = !r.Has("ActionsEnabled") || r.Bool("ActionsEnabled")
	m["Dimensions"] = dimensionsOf(metricOf(r.Node))
	if err := r.Err(); err != nil {
		return nil, err
	}
	if r.Int("EvaluationPeriods", 0) < 1 {
		return nil, wire.Validation("The parameter EvaluationPeriods is required and must be at least 1.")
	}
	operators := []string{"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"}
	if !slices.Contains(operators, r.Text("ComparisonOperator")) {
		return nil, wire.Validation("The value %s for parameter ComparisonOperator must be one of %s.", r.Text("ComparisonOperator"), strings.Join(operators, ", "))
	}
	if r.Has("Metrics") {
		return nil, wire.Validation("The local account has no alarms on metric math; give MetricName.")
	}
	if r.Text("MetricName") == "" || r.Text("Namespace") == "" {
		return nil, wire.Validation("The parameters MetricName and Namespace are required.")
	}
	if _, ok := statisticOf(r.Text("Statistic") + r.Text("ExtendedStatistic")); !ok {
		return nil, wire.Validation("Exactly one of Statistic and ExtendedStatistic must be given.")
	}
	if !periodOK(r.Int("Period", 0)) {
		return nil, wire.Validation("The parameter Period must be 10, 30 or a multiple of 60.")
	}
	return m, nil
}

func (c *CloudWatch) describeAlarms(r *wire.Request, at world.Key) (wire.Answer, error) {
	names, prefix, state := r.Texts("AlarmNames"), r.Text("AlarmNamePrefix"), r.Text("StateValue")
	size := int(r.Int("MaxRecords", 50))
	if size < 1 || size > 100 {
		return nil, wire.Validation("The value %d for parameter MaxRecords must be between 1 and 100.", size)
	}
	kinds := r.Texts("AlarmTypes")
	for _, k := range kinds {
		if k != metricAlarm && k != compositeAlarm && k != "LogAlarm" {
			return nil, wire.Validation("The value %s for parameter AlarmTypes must be MetricAlarm, CompositeAlarm or LogAlarm.", k)
		}
	}
	if len(kinds) == 0 { // composite ones come only to those who ask for them
		kinds = []string{metricAlarm}
	}
	if len(names) > 0 && prefix != "" {
		return nil, combination("AlarmNames and AlarmNamePrefix must not be given together.")
	}
	for _, other := range []string{"ActionPrefix", "ChildrenOfAlarmName", "ParentsOfAlarmName"} {
		if r.Has(other) {
			return nil, wire.Validation("The local account does not look for alarms by %s.", other)
		}
	}
	t := newToken(r, "AlarmNamePrefix", "StateValue")
	from, err := t.offset(r.Text("NextToken"))
	if err != nil {
		return nil, err
	}
	c.alarms.mu.Lock()
	defer c.alarms.mu.Unlock()
	var found []*alarm
	for _, name := range slices.Sorted(maps.Keys(c.alarms.all[at])) {
		a := c.alarms.all[at][name]
		if len(names) > 0 && !slices.Contains(names, name) || !strings.HasPrefix(name, prefix) || state != "" && a.state != state || !slices.Contains(kinds, a.kind()) {
			continue
		}
		found = append(found, a)
	}
	from = min(from, len(found))
	to := min(from+size, len(found))
	list := map[string][]wire.Map{metricAlarm: {}, compositeAlarm: {}}
	for _, a := range found[from:to] {
		list[a.kind()] = append(list[a.kind()], a.answer())
	}
	answer := wire.Map{"MetricAlarms": list[metricAlarm], "CompositeAlarms": list[compositeAlarm]}
	if to < len(found) {
		answer["NextToken"] = t.at(to)
	}
	return answer, nil
}

func (a *alarm) answer() wire.Map {
	m := maps.Clone(a.settings)
	maps.Copy(m, wire.Map{
		"AlarmName": a.name, "AlarmArn": a.arn, "StateValue": a.state, "StateReason": a.reason,
		"StateUpdatedTimestamp": a.updated, "StateTransitionedTimestamp": a.changed, "AlarmConfigurationUpdatedTimestamp": a.configured,
	})
	if a.reasonData != "" {
		m["StateReasonData"] = a.reasonData
	}
	return m
}

func (c *CloudWatch) deleteAlarms(r *wire.Request, at world.Key) (wire.Answer, error) {
	c.alarms.mu.Lock()
	defer c.alarms.mu.Unlock()
	names := r.Texts("AlarmNames")
	for _, name := range names {
		if c.alarms.all[at][name] == nil {
			return nil, alarmMissing()
		}
	}
	for _, name := range names {
		delete(c.alarms.all[at], name)
	}
	return nil, nil
}

func alarmMissing() error {
	return &wire.Error{Code: "ResourceNotFound", Status: 404, Message: "The specified alarm does not exist."}
}

func (c *CloudWatch) setAlarmState(r *wire.Request, at world.Key) (wire.Answer, error) {
	state, reason := r.Text("StateValue"), r.Text("StateReason")
	if !slices.Contains([]string{"OK", "ALARM", "INSUFFICIENT_DATA"}, state) {
		return nil, wire.Validation("The value %s for parameter StateValue must be OK, ALARM or INSUFFICIENT_DATA.", state)
	}
	if reason == "" || len(reason) > 1023 {
		return nil, wire.Validation("The parameter StateReason must have 1 to 1023 characters.")
	}
	c.alarms.mu.Lock()
	a := c.alarms.all[at][r.Text("AlarmName")]
	if a == nil {
		c.alarms.mu.Unlock()
		return nil, alarmMissing()
	}
	now := c.world.Now()
	before, since, was := a.state, a.updated, a.reason
	a.state, a.reason, a.reasonData, a.updated = state, reason, r.Text("StateReasonData"), now
	if before != state {
		a.changed = now
	}
	event := a.event(at, now, before, was, since)
	c.alarms.mu.Unlock()
	r.Touch(a.arn)
	if before != state {
		c.notify(event)
	}
	return nil, nil
}

// event is the alarm's change as EventBridge tells it.
func (a *alarm) event(at world.Key, now time.Time, before, reason string, since time.Time) world.Event {
	const layout = "2006-01-02T15:04:05.000-0700"
	configuration := a.configuration()
	if d := a.settings["AlarmDescription"]; d != nil {
		configuration["description"] = d
	}
	current := map[string]any{"value": a.state, "reason": a.reason, "timestamp": now.Format(layout)}
	if a.reasonData != "" {
		current["reasonData"] = a.reasonData
	}
	return world.Event{
		Key: at, ID: wire.NewID(), At: now, Source: "aws.cloudwatch", DetailType: "CloudWatch Alarm State Change",
		Resources: []string{a.arn},
		Detail: map[string]any{
			"alarmName": a.name, "configuration": configuration, "state": current,
			"previousState": map[string]any{"value": before, "reason": reason, "timestamp": since.Format(layout)},
		},
	}
}

// configuration is what the alarm is on, as EventBridge tells it.
func (a *alarm) configuration() map[string]any {
	if rule := a.settings["AlarmRule"]; rule != nil {
		return map[string]any{"alarmRule": rule}
	}
	queries, _ := a.settings["Metrics"].([]wire.Map)
	if queries == nil {
		statistic := a.settings["Statistic"]
		if statistic == nil {
			statistic = a.settings["ExtendedStatistic"]
		}
		queries = []wire.Map{{"Id": "m1", "ReturnData": true, "MetricStat": wire.Map{"Metric": a.settings, "Period": a.settings["Period"], "Stat": statistic}}}
	}
	list := make([]any, len(queries))
	for i, q := range queries {
		one := map[string]any{"id": q["Id"], "returnData": q["ReturnData"]}
		if e := q["Expression"]; e != nil {
			one["expression"] = e
		}
		if stat, ok := q["MetricStat"].(wire.Map); ok {
			metric := stat["Metric"].(wire.Map)
			dimensions := map[string]any{}
			for _, d := range metric["Dimensions"].([]wire.Map) {
				dimensions[d["Name"].(string)] = d["Value"]
			}
			one["metricStat"] = map[string]any{"metric": map[string]any{"namespace": metric["Namespace"], "name": metric["MetricName"], "dimensions": dimensions},
				"period": stat["Period"], "stat": stat["Stat"]}
		}
		list[i] = one
	}
	return map[string]any{"metrics": list}
}
