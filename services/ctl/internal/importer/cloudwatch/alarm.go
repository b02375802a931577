package cloudwatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Alarm is an alarm, and where it was found.
type Alarm struct {
	// File and Line are its place in a file, or File is the account and region,
	// and Line 0.
	File string
	Line int
	Kind Kind
	// Metric is the alarm of a metric. Of other kinds only the name is known.
	Metric types.MetricAlarm
	// WallClock: its periods do not slide.
	WallClock bool
}

// Kind is on what an alarm is.
type Kind int

// The kinds.
const (
	OfMetric Kind = iota
	OfAlarms
	OfLogs
	OfPromQL
)

// Metric returns the alarm as AWS describes it.
func Metric(file string, m types.MetricAlarm) Alarm {
	a := Alarm{File: file, Metric: m}
	_, a.WallClock = m.EvaluationWindow.(*types.EvaluationWindowMemberWallClockWindow)
	if m.EvaluationCriteria != nil {
		a.Kind = OfPromQL
	}
	return a
}

// Named returns an alarm of which only the kind and the name are known.
func Named(file string, kind Kind, name *string) Alarm {
	return Alarm{File: file, Kind: kind, Metric: types.MetricAlarm{AlarmName: name}}
}

// written is an alarm in JSON: two of its fields are unions, which the SDK's type
// does not read from JSON.
type written struct {
	types.MetricAlarm
	EvaluationCriteria map[string]json.RawMessage
	EvaluationWindow   map[string]json.RawMessage
}

const (
	maxBytes  = 64 << 20
	maxAlarms = 20_000
)

var lists = map[string]Kind{"MetricAlarms": OfMetric, "CompositeAlarms": OfAlarms, "LogAlarms": OfLogs}

// Read reads what `aws cloudwatch describe-alarms` prints, several of them one after
// the other too.
func Read(file string, data []byte) ([]Alarm, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: larger than %d MiB", file, maxBytes>>20)
	}
	r := reader{file: file, data: data, d: json.NewDecoder(bytes.NewReader(data))}
	for {
		err := r.want('{')
		if errors.Is(err, io.EOF) && r.lists > 0 {
			return r.alarms, nil
		}
		if err == nil {
			err = r.document()
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: want the JSON of `aws cloudwatch describe-alarms`: %w", file, r.line(), err)
		}
	}
}

type reader struct {
	file   string
	data   []byte
	d      *json.Decoder
	lists  int
	alarms []Alarm
}

// line returns the line of what comes next.
func (r *reader) line() int {
	at := int(r.d.InputOffset())
	at += len(r.data[at:]) - len(bytes.TrimLeft(r.data[at:], ", \t\r\n"))
	return 1 + bytes.Count(r.data[:min(at, len(r.data))], []byte("\n"))
}

func (r *reader) want(delim json.Delim) error {
	t, err := r.d.Token()
	if err == nil && t != delim {
		err = fmt.Errorf("not %v but %s", t, delim)
	}
	return err
}

// document reads what is behind the first brace of one.
func (r *reader) document() error {
	for r.d.More() {
		key, err := r.d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		kind, known := lists[name]
		if !known {
			var other json.RawMessage
			if err := r.d.Decode(&other); err != nil {
				return err
			}
			continue
		}
		r.lists++
		if err := r.want('['); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for r.d.More() {
			if err := r.alarm(kind); err != nil {
				return err
			}
		}
		if err := r.want(']'); err != nil {
			return err
		}
	}
	if err := r.want('}'); err != nil {
		return err
	}
	if r.lists == 0 {
		return errors.New("there is no list of MetricAlarms")
	}
	return nil
}

func (r *reader) alarm(kind Kind) error {
	if len(r.alarms) >= maxAlarms {
		return fmt.Errorf("more than %d alarms", maxAlarms)
	}
	line := r.line()
	var w written
	if kind != OfMetric { // their fields are others: the name is all that is asked for
		var n struct{ AlarmName *string }
		if err := r.d.Decode(&n); err != nil {
			return err
		}
		w.AlarmName = n.AlarmName
	} else if err := r.d.Decode(&w); err != nil {
		return err
	}
	if aws.ToString(w.AlarmName) == "" {
		return errors.New("an alarm without AlarmName")
	}
	if len(w.EvaluationCriteria) > 0 {
		kind = OfPromQL
	}
	_, wall := w.EvaluationWindow["WallClockWindow"]
	r.alarms = append(r.alarms, Alarm{File: r.file, Line: line, Kind: kind, Metric: w.MetricAlarm, WallClock: wall})
	return nil
}
