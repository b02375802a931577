package cloudwatch

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/ctl/internal/importer"
)

// Import makes policies of the alarms. Known is what is read of CloudWatch.
func Import(known *catalog.Catalog, alarms []Alarm) importer.Result {
	var out importer.Result
	names := map[string]bool{}
	for i := range alarms {
		a := &alarms[i]
		out.Rules++
		p, err := made(known, a, names)
		if err != nil {
			out.Refused = append(out.Refused, importer.Refused{File: a.File, Line: a.Line, Rule: aws.ToString(a.Metric.AlarmName), Reason: err.Error()})
			continue
		}
		names[p.Name] = true
		out.Policies = append(out.Policies, p)
	}
	return out
}

// refusals are the kinds that no policy is made of.
var refusals = map[Kind]error{
	OfAlarms: errors.New("a composite alarm: write a policy of its alarms' conditions with all, any or at_least; or watch its state, see aws-alarm in deploy/policies/aws/alarms.yaml"),
	OfLogs:   errors.New("an alarm on a query of logs: make a metric of it with a metric filter, and name that in a service file (--services DIR)"),
	OfPromQL: errors.New("an alarm on PromQL: give its query to parley policy import prometheus"),
}

// made makes the policy of an alarm.
func made(known *catalog.Catalog, a *Alarm, names map[string]bool) (importer.Policy, error) {
	if err := refusals[a.Kind]; err != nil {
		return importer.Policy{}, err
	}
	w, err := watchedBy(&a.Metric)
	if err != nil {
		return importer.Policy{}, err
	}
	c := &conversion{alarm: a, watched: w}
	if err := c.find(known); err != nil {
		return importer.Policy{}, err
	}
	condition, err := c.condition()
	if err != nil {
		return importer.Policy{}, err
	}
	name := aws.ToString(a.Metric.AlarmName)
	p := importer.Policy{Name: free(name, names), Group: c.metric.Service, Node: importer.Map(false)}
	place := a.File
	if a.Line > 0 {
		place += ":" + strconv.Itoa(a.Line)
	}
	severity, guessed := severityOf(name)
	p.Notes = append(p.Notes, fmt.Sprintf("%s, alarm %s: %s", place, name, c.words()))
	if guessed {
		p.Notes = append(p.Notes, "Alarms have no severity; warning was taken.")
	}
	p.Notes = append(append(p.Notes, c.notes...), actionNotes(&a.Metric)...)
	importer.Add(p.Node, "name", p.Name)
	if text := strings.Join(strings.Fields(aws.ToString(a.Metric.AlarmDescription)), " "); text != "" {
		importer.Add(p.Node, "description", text)
	}
	importer.Add(p.Node, "severity", severity)
	if a.Metric.ActionsEnabled != nil && !*a.Metric.ActionsEnabled {
		importer.Add(p.Node, "enabled", importer.Number("false"))
		p.Notes = append(p.Notes, "The alarm's actions are off, so nobody hears of it: the policy is off too.")
	}
	importer.Add(p.Node, "scope", c.scope(), "when", condition)
	c.silence(p.Node)
	if wrong := importer.Check(p); wrong != "" {
		return importer.Policy{}, fmt.Errorf("a policy cannot say it: %s", wrong)
	}
	return p, nil
}

// free returns a name that no other policy has.
func free(alarm string, names map[string]bool) string {
	base := importer.Kebab(alarm)
	name := base
	for i := 2; names[name]; i++ {
		name = base + "-" + strconv.Itoa(i)
	}
	return name
}

var severities = []struct {
	severity string
	words    *regexp.Regexp
}{
	{"critical", regexp.MustCompile(`(?i)(^|[^a-z])(critical|crit|fatal|emergency|urgent|page|pager|sev-?[01]|p[01])([^a-z0-9]|$)`)},
	{"warning", regexp.MustCompile(`(?i)(^|[^a-z])(warning|warn|sev-?[23]|p[23])([^a-z0-9]|$)`)},
	{"info", regexp.MustCompile(`(?i)(^|[^a-z])(info|notice|low-priority|sev-?[45]|p[45])([^a-z0-9]|$)`)},
}

// severityOf reads a severity from an alarm's name; guessed if it says none.
func severityOf(name string) (severity string, guessed bool) {
	for _, s := range severities {
		if s.words.MatchString(name) {
			return s.severity, false
		}
	}
	return "warning", true
}

// watched is the metric that an alarm is on.
type watched struct {
	namespace, name, statistic string
	dimensions                 []types.Dimension
	period                     int64 // seconds
	unit                       types.StandardUnit
	// account is another one than the alarm's, or "".
	account string
	// band is the width of a band in deviations; 0: there is none.
	band float64
}

var bandForm = regexp.MustCompile(`^\s*ANOMALY_DETECTION_BAND\(\s*(\w+)\s*(?:,\s*([0-9]+(?:\.[0-9]+)?)\s*)?\)\s*$`)

// defaultBand is the width of a band that says none.
const defaultBand = 2

// watchedBy finds the one metric that an alarm is on.
func watchedBy(a *types.MetricAlarm) (watched, error) {
	if len(a.Metrics) == 0 {
		return watched{namespace: aws.ToString(a.Namespace), name: aws.ToString(a.MetricName), statistic: string(a.Statistic) + aws.ToString(a.ExtendedStatistic),
			dimensions: a.Dimensions, period: int64(aws.ToInt32(a.Period)), unit: a.Unit}, nil
	}
	var metrics []types.MetricDataQuery
	var band *types.MetricDataQuery
	for i := range a.Metrics {
		switch q := &a.Metrics[i]; {
		case q.MetricStat != nil && q.MetricStat.Metric != nil:
			metrics = append(metrics, *q)
		case aws.ToString(q.Id) == aws.ToString(a.ThresholdMetricId) && bandForm.MatchString(aws.ToString(q.Expression)):
			band = q
		default:
			return watched{}, fmt.Errorf("metric maths (%s): a policy compares one metric; name the others of the same resource in an expression, %s, or use one that the catalog derives (aws.alb.http_5xx_percent, for one)",
				strings.Join(strings.Fields(aws.ToString(q.Expression)), " "), `{metric: …, expr: 'value / metric("aws.…") > 0.05'}`)
		}
	}
	if len(metrics) != 1 {
		return watched{}, fmt.Errorf("it is on %d metrics: a policy's condition is on one", len(metrics))
	}
	q := metrics[0]
	m := q.MetricStat.Metric
	w := watched{namespace: aws.ToString(m.Namespace), name: aws.ToString(m.MetricName), statistic: aws.ToString(q.MetricStat.Stat), dimensions: m.Dimensions,
		period: int64(aws.ToInt32(q.MetricStat.Period)), unit: q.MetricStat.Unit, account: aws.ToString(q.AccountId)}
	if band != nil {
		parts := bandForm.FindStringSubmatch(aws.ToString(band.Expression))
		if w.band = defaultBand; parts[2] != "" {
			w.band, _ = strconv.ParseFloat(parts[2], 64)
		}
		if parts[1] != aws.ToString(q.Id) || w.band == 0 {
			return watched{}, fmt.Errorf("its band (%s) is not of the metric that it is on", aws.ToString(band.Expression))
		}
	}
	return w, nil
}
