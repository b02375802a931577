package cloudwatch

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/config"
)

// conversion is one alarm on the way to a policy.
type conversion struct {
	alarm   *Alarm
	watched watched
	metric  catalog.Metric
	// samples of ours are in a period.
	samples int64
	// hold of the last `of` periods have to be breaching.
	hold, of int64
	missing  policy.Missing
	notes    []string
}

func (c *conversion) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

func (c *conversion) period() time.Duration { return time.Duration(c.watched.period) * time.Second }

// units are CloudWatch's names of those that metrics of the catalog have.
var units = map[types.StandardUnit]string{
	types.StandardUnitPercent: "%", types.StandardUnitBytes: "bytes", types.StandardUnitMegabytes: "MiB", types.StandardUnitGigabytes: "GB", types.StandardUnitBits: "bits",
	types.StandardUnitBytesSecond: "bytes/s", types.StandardUnitSeconds: "s", types.StandardUnitMilliseconds: "ms", types.StandardUnitMicroseconds: "us",
	types.StandardUnitCount: "count", types.StandardUnitCountSecond: "count/s",
}

// find looks for the metric in what is read, and for how its periods fit.
func (c *conversion) find(known *catalog.Catalog) error {
	w := &c.watched
	what := w.namespace + " " + w.name
	all := known.Lookup(w.namespace, w.name)
	if len(all) == 0 {
		return fmt.Errorf("%s is not read: describe it in a service file, {aws: %s, unit: …, statistic: %s} (services/collector/catalog/README.md), and name its folder to the collector (--collector-cloudwatch-services) and here (--services)",
			what, w.name, w.statistic)
	}
	var dimensions []string
	for _, d := range w.dimensions {
		dimensions = append(dimensions, aws.ToString(d.Name))
	}
	fitting := slices.DeleteFunc(slices.Clone(all), func(m catalog.Metric) bool { return !m.Has(dimensions) })
	if len(fitting) == 0 {
		return fmt.Errorf("%s is read with the dimensions %s, not with %s: a service file of your own can say others (--services)", what, sets(all), set(dimensions))
	}
	i := slices.IndexFunc(fitting, func(m catalog.Metric) bool { return m.Statistic == w.statistic })
	if i < 0 {
		var have []string
		for _, m := range fitting {
			have = append(have, m.Statistic)
		}
		return fmt.Errorf("%s is read as %s, not as %s: put it under `also` in a service file of your own (--services)", what, strings.Join(have, ", "), cmp.Or(w.statistic, "nothing"))
	}
	c.metric = fitting[i]
	if u := units[w.unit]; w.unit != "" && w.unit != types.StandardUnitNone && u != c.metric.Unit && w.statistic != "SampleCount" {
		return fmt.Errorf("it wants %s in %s, and it comes in %s, so CloudWatch finds none either: leave the alarm's unit out", what, w.unit, c.metric.Unit)
	}
	return c.fit()
}

// fit checks that the alarm's periods are some of ours.
func (c *conversion) fit() error {
	a, ours := &c.alarm.Metric, c.metric.Period
	switch {
	case c.period() < ours:
		return fmt.Errorf("its period is %s, and %s is read every %s: make the alarm's period that long, or say period: %s in a service file of your own (--services) if AWS sends it so often",
			config.Span(c.period()), c.metric.Name, config.Span(ours), config.Span(c.period()))
	case c.period()%ours != 0:
		return fmt.Errorf("its period of %s is no multiple of the %s in which %s is read", config.Span(c.period()), config.Span(ours), c.metric.Name)
	}
	c.samples = int64(c.period() / ours)
	c.of = int64(aws.ToInt32(a.EvaluationPeriods))
	c.hold = cmp.Or(int64(aws.ToInt32(a.DatapointsToAlarm)), c.of)
	if c.of < 1 || c.of > policy.MaxDatapoints || c.hold < 1 || c.hold > c.of {
		return fmt.Errorf("%d of %d periods: a policy looks at 1 to %d; take longer periods", c.hold, c.of, policy.MaxDatapoints)
	}
	c.missing = policy.Missing(cmp.Or(aws.ToString(a.TreatMissingData), string(policy.MissingMissing)))
	if c.metric.Namespace == "AWS/DynamoDB" && c.missing != policy.Ignore {
		c.missing = policy.Ignore
		c.note("Missing data of DynamoDB are always ignored by CloudWatch, whatever the alarm says.")
	}
	return nil
}

// operators are how a value is compared.
var operators = map[types.ComparisonOperator]struct{ sign, kind, band string }{
	types.ComparisonOperatorGreaterThanThreshold:                     {sign: ">", kind: "above"},
	types.ComparisonOperatorGreaterThanOrEqualToThreshold:            {sign: ">=", kind: "above"},
	types.ComparisonOperatorLessThanThreshold:                        {sign: "<", kind: "below"},
	types.ComparisonOperatorLessThanOrEqualToThreshold:               {sign: "<=", kind: "below"},
	types.ComparisonOperatorLessThanLowerOrGreaterThanUpperThreshold: {band: "outside"},
	types.ComparisonOperatorGreaterThanUpperThreshold:                {band: "above"},
	types.ComparisonOperatorLessThanLowerThreshold:                   {band: "below"},
}

// functions make one value of a period of several samples.
var functions = map[string]string{"Average": "mean", "Sum": "total", "SampleCount": "total", "Maximum": "highest", "Minimum": "lowest"}

// condition returns the policy's `when`.
func (c *conversion) condition() (*yaml.Node, error) {
	a := &c.alarm.Metric
	op, ok := operators[a.ComparisonOperator]
	banded := c.watched.band > 0
	switch {
	case !ok || banded != (op.band != ""):
		return nil, fmt.Errorf("ComparisonOperator %q: not one for what it compares with", a.ComparisonOperator)
	case !banded && a.Threshold == nil:
		return nil, errors.New("it has no threshold")
	}
	y := importer.Map(true, "metric", c.metric.Name)
	switch value, err := c.value(); {
	case banded:
		importer.Add(y, op.band, "baseline", "tolerance", format(c.watched.band)+" sigma")
		c.note("The band is Parley's own: it has to learn for a day and a quarter first, and follows the hours and days of UTC (zone: … for another).")
		if c.samples > 1 {
			c.note("It is the band of the samples of %s, not of means of %s.", config.Span(c.metric.Period), config.Span(c.period()))
		}
	case err != nil:
		return nil, err
	case c.samples == 1:
		importer.Add(y, op.kind, importer.Number(format(*a.Threshold)))
		if len(op.sign) > 1 {
			importer.Add(y, "or_equal", importer.Number("true"))
		}
	default:
		importer.Add(y, "expr", value+" "+op.sign+" "+format(*a.Threshold))
	}
	c.differences(op.sign)
	if c.points() {
		importer.Add(y, "datapoints", importer.Map(true, "hold", importer.Number(strconv.FormatInt(c.hold, 10)), "of", importer.Number(strconv.FormatInt(c.of, 10)),
			"every", config.Span(c.period()).String(), "missing", string(c.missing)))
	} else if c.missing == policy.MissingMissing { // as long as datapoints wait by themselves
		importer.Add(y, "no_data_after", config.Span(time.Duration(c.of+2)*c.period()).String())
	}
	return y, nil
}

// value returns what is compared, as an expression.
func (c *conversion) value() (string, error) {
	if c.samples == 1 {
		return "value", nil
	}
	f := functions[c.metric.Statistic]
	if f == "" {
		return "", fmt.Errorf("%s of %s cannot be made of those of %s, in which it is read: make the alarm's period %s", c.metric.Statistic, config.Span(c.period()), config.Span(c.metric.Period), config.Span(c.metric.Period))
	}
	// From the first sample of the period to the last one.
	return f + "(" + strconv.Quote(config.Span(c.period()-c.metric.Period).String()) + ")", nil
}

// points reports whether periods have to be counted: for one, whose missing data
// change nothing, the newest sample does.
func (c *conversion) points() bool {
	return c.of > 1 || c.missing != policy.MissingMissing && c.missing != policy.Ignore
}

// differences notes what is not quite the same.
func (c *conversion) differences(sign string) {
	if c.samples > 1 && c.watched.band == 0 {
		if c.metric.Statistic == "Average" {
			c.note("The mean of %d samples counts each the same; CloudWatch weighs them by how many values they are of.", c.samples)
		}
		if c.samples > 60 {
			c.note("So long a time is known to a sixtieth of it.")
		}
		if c.points() {
			c.note("CloudWatch's periods of %s slide, ours stand: an incident may begin or end one period apart from the alarm.", config.Span(c.period()))
		}
	}
	if c.metric.Missing == catalog.Zero && c.watched.band == 0 {
		holds := zeroHolds(sign, *c.alarm.Metric.Threshold)
		if c.missing != policy.Breaching && c.missing != policy.NotBreaching || holds != (c.missing == policy.Breaching) {
			c.note("Where CloudWatch has no value, nothing happened: that is 0 here, and missing there.")
		}
	}
	if c.missing == policy.Breaching {
		c.note("A resource that never sent anything is not known here, so this is not breaching before the first sample.")
	}
	if aws.ToString(c.alarm.Metric.EvaluateLowSampleCountPercentile) == "ignore" {
		c.note("Percentiles of few values count too: EvaluateLowSampleCountPercentile is not taken over.")
	}
	if c.watched.account != "" && c.watched.account != c.account() {
		c.note("Its metric is of account %s: put that into the accounts file, and keep linked metrics in mind (deploy/aws/README.md).", c.watched.account)
	}
}

// zeroHolds reports whether 0 is breaching.
func zeroHolds(sign string, threshold float64) bool {
	return map[string]bool{">": 0 > threshold, ">=": 0 >= threshold, "<": 0 < threshold, "<=": 0 <= threshold}[sign]
}

// account returns the account that the alarm is in, "" if it is not said.
func (c *conversion) account() string {
	at, _ := arn.Parse(aws.ToString(c.alarm.Metric.AlarmArn))
	return at.AccountID
}

// scope returns what makes the resource.
func (c *conversion) scope() *yaml.Node {
	y := importer.Map(true)
	at, err := arn.Parse(aws.ToString(c.alarm.Metric.AlarmArn))
	if account := cmp.Or(c.watched.account, at.AccountID); account != "" {
		importer.Add(y, "account", "="+account)
	}
	if err == nil && at.Region != "" {
		importer.Add(y, "region", "="+at.Region)
	}
	for _, d := range c.watched.dimensions {
		importer.Add(y, catalog.LabelName(aws.ToString(d.Name)), "="+aws.ToString(d.Value))
	}
	return y
}

// silence says what it means that data end.
func (c *conversion) silence(policyNode *yaml.Node) {
	if c.missing == policy.MissingMissing {
		importer.Add(policyNode, "no_data", "ok")
		return
	}
	importer.Add(policyNode, "no_data", "keep")
}
