package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/push/identity"
	"github.com/parley-ops/parley/services/internal/label"
)

// ErrOther: an event that is none of those that are understood.
var ErrOther = errors.New("neither a change of a CloudWatch alarm nor of an EC2 instance's state")

// Change is what happened.
type Change struct {
	Account, Region string
	At              time.Time
	// Alarm is its name; "" for an instance.
	Alarm string
	// Namespace and Metric of an alarm on one metric.
	Namespace, Metric string
	// Instance is its id; "" for an alarm.
	Instance string
	// State as AWS calls it: ALARM, running.
	State string
}

// The names of the series.
const (
	AlarmState    = "aws.alarm.state"
	InstanceState = "aws.ec2.state"
)

// alarmStates are the values of AlarmState.
var alarmStates = map[string]float64{"OK": 0, "ALARM": 1, "INSUFFICIENT_DATA": 2}

// instanceStates are the states of an instance in the order of its life.
var instanceStates = map[string]uint32{"pending": 0, "running": 1, "stopping": 2, "stopped": 3, "shutting-down": 4, "terminated": 5}

// Sample returns the change as a sample.
func (c *Change) Sample(ctx context.Context, names *identity.Names) (batch.Sample, error) {
	r := identity.Resource{Account: c.Account, Region: c.Region}
	name, value, revision := AlarmState, alarmStates[c.State], uint32(0)
	var more []label.Label
	if c.Instance != "" {
		r.Service, r.Dimensions = "ec2", map[string]string{"InstanceId": c.Instance}
		name, value, revision = InstanceState, 0, instanceStates[c.State]
		if c.State == "running" {
			value = 1
		}
	} else {
		more = []label.Label{{Name: "alarm_name", Value: c.Alarm}, {Name: "namespace", Value: c.Namespace}, {Name: "metric", Value: c.Metric}}
	}
	labels, ok := names.Labels(ctx, r, more...)
	if !ok {
		return batch.Sample{}, ErrNotWatched
	}
	s, err := names.Series(name, "", labels)
	if err != nil {
		return batch.Sample{}, err
	}
	return batch.Sample{Series: s, UnixMS: c.At.UnixMilli(), Value: value, Revision: revision}, nil
}

// ErrNotWatched: of a resource whose tags say that it is not watched.
var ErrNotWatched = errors.New("the account's tags say that the resource is not watched")

// changed is when an alarm changed, as both SNS and EventBridge write it.
const changed = "2006-01-02T15:04:05.999999999-0700"

var (
	accountForm  = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm   = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	instanceForm = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)
	alarmARN     = regexp.MustCompile(`^arn:aws[a-z-]*:cloudwatch:([a-z0-9-]+):([0-9]{12}):alarm:`)
)

// maxAlarm is how long an alarm's name may be, in bytes: 255 characters.
const maxAlarm = 1020

// check says what is missing or impossible.
func (c *Change) check() error {
	switch _, alarm := alarmStates[c.State]; {
	case !accountForm.MatchString(c.Account):
		return fmt.Errorf("account: want twelve digits, not %.40q", c.Account)
	case !regionForm.MatchString(c.Region):
		return fmt.Errorf("region: want one like eu-west-1, not %.40q", c.Region)
	case c.Instance == "" && (c.Alarm == "" || len(c.Alarm) > maxAlarm):
		return fmt.Errorf("alarm's name: want 1 to %d bytes", maxAlarm)
	case c.Instance == "" && !alarm:
		return fmt.Errorf("alarm's state: want OK, ALARM or INSUFFICIENT_DATA, not %.40q", c.State)
	case c.Instance != "" && !instanceForm.MatchString(c.Instance):
		return fmt.Errorf("instance-id: want one like i-0ba7c4e9d1f2a3b40, not %.40q", c.Instance)
	case c.At.UnixMilli() <= 0 || c.At.Year() > 9999:
		return errors.New("time: missing, or out of range")
	}
	if _, known := instanceStates[c.State]; c.Instance != "" && !known {
		return fmt.Errorf("state of the instance: %.40q is none that is known", c.State)
	}
	return nil
}

// MaxBytes is how long an event may be: what SNS, SQS and EventBridge carry.
const MaxBytes = 256 << 10

func decode(data []byte, to any) error {
	if len(data) > MaxBytes {
		return fmt.Errorf("%d bytes, at most %d are allowed", len(data), MaxBytes)
	}
	err := json.Unmarshal(data, to)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%s: want %s, not %s", kind.Field, kind.Type, kind.Value)
	}
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return nil
}
