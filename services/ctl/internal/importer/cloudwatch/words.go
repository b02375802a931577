package cloudwatch

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/internal/config"
)

// words returns what the alarm says.
func (c *conversion) words() string {
	a := &c.alarm.Metric
	threshold := operators[a.ComparisonOperator].sign + " "
	if c.watched.band > 0 {
		threshold = fmt.Sprintf("%s the band of %g deviations", operators[a.ComparisonOperator].band, c.watched.band)
	} else {
		threshold += format(*a.Threshold)
	}
	return fmt.Sprintf("%s %s %s %s, %d of %d periods of %s, missing data %s", c.watched.namespace, c.watched.name, c.watched.statistic, threshold, c.hold, c.of, config.Span(c.period()), c.missing)
}

// onInstance are CloudWatch's actions on an instance, and ours that do the same;
// "" where there is none.
var onInstance = map[string]string{"stop": "stop-instance", "reboot": "reboot-instance", "terminate": "", "recover": ""}

// swfAction is the older form of an action on an instance.
var swfAction = regexp.MustCompile(`action/actions/AWS_EC2\.InstanceId\.(\w+)/`)

// actionNotes say what the alarm does, of which nothing is taken over.
func actionNotes(a *types.MetricAlarm) (notes []string) {
	for _, group := range []struct {
		when    string
		actions []string
	}{{"In ALARM", a.AlarmActions}, {"In OK", a.OKActions}, {"In INSUFFICIENT_DATA", a.InsufficientDataActions}} {
		for _, action := range group.actions {
			notes = append(notes, group.when+" CloudWatch "+does(action))
		}
	}
	if len(notes) > 0 {
		notes = append(notes, "None of that is taken over. Say who is told with `channels`, and what may be done with `actions`.")
	}
	return notes
}

// does says what an action is, and what to do about it.
func does(action string) string {
	at, err := arn.Parse(action)
	operation := ""
	switch m := swfAction.FindStringSubmatch(at.Resource); {
	case err != nil:
		return "does " + action + "."
	case at.Service == "automate":
		operation = strings.TrimPrefix(at.Resource, "ec2:")
	case m != nil:
		operation = strings.ToLower(m[1])
	}
	ours, known := onInstance[operation]
	switch {
	case known && ours != "":
		return fmt.Sprintf("does %s to the instance: `actions: [%s]` offers that (deploy/actions/aws.yaml); take it from the alarm before both do it.", operation, ours)
	case known:
		return fmt.Sprintf("does %s to the instance: no action of ours does; leave that with the alarm.", operation)
	case at.Service == "sns":
		return "tells the SNS topic " + at.Resource + "."
	case at.Service == "autoscaling" || at.Service == "application-autoscaling":
		return "scales by " + action + ": leave that with the alarm."
	case at.Service == "lambda":
		return "calls the function " + strings.TrimPrefix(at.Resource, "function:") + "."
	}
	return "does " + action + "."
}

// set writes names of dimensions.
func set(dimensions []string) string {
	if len(dimensions) == 0 {
		return "none"
	}
	return strings.Join(dimensions, " and ")
}

// sets writes the sets of dimensions in which metrics are read.
func sets(metrics []catalog.Metric) string {
	var out []string
	for _, m := range metrics {
		for _, s := range m.Dimensions {
			if text := set(s); !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return strings.Join(out, " or ")
}

// format writes a number as people do.
func format(v float64) string {
	if text := strconv.FormatFloat(v, 'f', -1, 64); len(text) < 20 {
		return text
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
