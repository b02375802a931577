package event

import (
	"encoding/json"
	"fmt"
	"time"
)

// metricStat is one of an alarm's metrics, or an expression over others; SNS
// begins the names with capitals, which JSON's decoder does not mind.
type metricStat struct {
	MetricStat *struct {
		Metric struct {
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
			// MetricName is what SNS calls it.
			MetricName string `json:"metricName"`
		} `json:"metric"`
	} `json:"metricStat"`
}

// on notes the metric, if it is one alone.
func (c *Change) on(metrics []metricStat) {
	n := 0
	for _, m := range metrics {
		if m.MetricStat == nil {
			continue
		}
		if n++; n > 1 {
			c.Namespace, c.Metric = "", ""
			return
		}
		c.Namespace, c.Metric = m.MetricStat.Metric.Namespace, m.MetricStat.Metric.Name+m.MetricStat.Metric.MetricName
	}
}

// FromAlarm reads the text of a notification that CloudWatch sends to SNS;
// ErrOther if it is something else.
func FromAlarm(text []byte) (*Change, error) {
	var m struct {
		AlarmName       string
		AlarmArn        string
		NewStateValue   string
		StateChangeTime string
		Trigger         *struct {
			Namespace, MetricName string
			Metrics               []metricStat
		}
	}
	if err := decode(text, &m); err != nil {
		return nil, err
	}
	if m.AlarmName == "" || m.NewStateValue == "" {
		return nil, ErrOther
	}
	arn := alarmARN.FindStringSubmatch(m.AlarmArn)
	if arn == nil {
		return nil, fmt.Errorf("AlarmArn: %.100q is not the ARN of an alarm", m.AlarmArn)
	}
	at, err := time.Parse(changed, m.StateChangeTime)
	if err != nil {
		return nil, fmt.Errorf("StateChangeTime: %.40q is not like 2026-11-22T13:04:05.123+0000", m.StateChangeTime)
	}
	c := &Change{Region: arn[1], Account: arn[2], At: at, Alarm: m.AlarmName, State: m.NewStateValue}
	if t := m.Trigger; t != nil {
		if c.Namespace, c.Metric = t.Namespace, t.MetricName; t.MetricName == "" {
			c.on(t.Metrics)
		}
	}
	return c, c.check()
}

// FromBridge reads an event of EventBridge; ErrOther if it is none that is
// understood.
func FromBridge(body []byte) (*Change, error) {
	var e struct {
		DetailType string          `json:"detail-type"`
		Source     string          `json:"source"`
		Account    string          `json:"account"`
		Region     string          `json:"region"`
		Time       time.Time       `json:"time"`
		Detail     json.RawMessage `json:"detail"`
	}
	if err := decode(body, &e); err != nil {
		return nil, err
	}
	c := &Change{Account: e.Account, Region: e.Region, At: e.Time}
	switch {
	case e.Source == "aws.ec2" && e.DetailType == "EC2 Instance State-change Notification":
		var d struct {
			Instance string `json:"instance-id"`
			State    string `json:"state"`
		}
		if err := decode(e.Detail, &d); err != nil {
			return nil, fmt.Errorf("detail: %w", err)
		}
		if c.Instance, c.State = d.Instance, d.State; c.Instance == "" {
			return nil, fmt.Errorf("detail: instance-id: missing")
		}
	case e.Source == "aws.cloudwatch" && e.DetailType == "CloudWatch Alarm State Change":
		var d struct {
			AlarmName string `json:"alarmName"`
			State     struct {
				Value     string `json:"value"`
				Timestamp string `json:"timestamp"`
			} `json:"state"`
			Configuration struct {
				Metrics []metricStat `json:"metrics"`
			} `json:"configuration"`
		}
		if err := decode(e.Detail, &d); err != nil {
			return nil, fmt.Errorf("detail: %w", err)
		}
		c.Alarm, c.State = d.AlarmName, d.State.Value
		c.on(d.Configuration.Metrics)
		at, err := time.Parse(changed, d.State.Timestamp)
		if err != nil {
			return nil, fmt.Errorf("detail: state: timestamp: %.40q is not like 2026-11-22T13:04:05.123+0000", d.State.Timestamp)
		}
		c.At = at
	default:
		return nil, ErrOther
	}
	return c, c.check()
}
