package event

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/collector/internal/push/identity"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What an event comes to; an alarm is the same sample by SNS and EventBridge.
func TestSamples(t *testing.T) {
	t.Parallel()
	names := identity.New(nil, series.NewCache(100), bustest.Log(t))
	f := func(c *Change, err error, want string, value float64, ms int64, revision uint32) {
		t.Helper()
		if err != nil {
			t.Error(err)
			return
		}
		s, err := c.Sample(t.Context(), names)
		if err != nil {
			t.Error(err)
			return
		}
		if got := s.Series.Name + s.Series.Labels.String(); got != want || s.Value != value || s.UnixMS != ms || s.Revision != revision {
			t.Errorf("got %s %v at %d, revision %d\nwant %s %v at %d, revision %d", got, s.Value, s.UnixMS, s.Revision, want, value, ms, revision)
		}
		if err := s.Series.Check(); err != nil {
			t.Error(err)
		}
	}
	alarm := func(name string) (*Change, error) { return FromAlarm(read(t, name)) }
	bridge := func(from, to string) (*Change, error) {
		return FromBridge([]byte(strings.Replace(string(read(t, "bridge-"+from)), to[:strings.Index(to, "→")], to[strings.Index(to, "→")+len("→"):], 1)))
	}
	const latency = `aws.alarm.state{account="111122223333", account_name="111122223333", alarm_name="orders-latency", ` +
		`metric="TargetResponseTime", namespace="AWS/ApplicationELB", region="eu-west-1", team="infra"}`
	c, err := alarm("sns-alarm")
	f(c, err, latency, 1, 1795352645123, 0)
	c, err = bridge("alarm", "→")
	f(c, err, latency, 1, 1795352645123, 0)
	c, err = bridge("alarm", `"value":"ALARM"→"value":"OK"`)
	f(c, err, latency, 0, 1795352645123, 0)
	c, err = alarm("sns-math")
	f(c, err, `aws.alarm.state{account="111122223333", account_name="111122223333", alarm_name="errors percent", region="us-gov-west-1", team="infra"}`,
		2, 1795352645500, 0)

	const instance = `aws.ec2.state{account="111122223333", account_name="111122223333", instance_id="i-0ba7c4e9d1f2a3b40", region="eu-west-1", team="infra"}`
	for state, want := range map[string][2]int{"pending": {0, 0}, "running": {1, 1}, "stopping": {0, 2}, "stopped": {0, 3}, "shutting-down": {0, 4}, "terminated": {0, 5}} {
		c, err = bridge("instance", `"running"→"`+state+`"`)
		f(c, err, instance, float64(want[0]), 1795352645000, uint32(want[1]))
	}
}

func TestBadEvents(t *testing.T) {
	t.Parallel()
	f := func(read func([]byte) (*Change, error), text, old, new, want string) {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in %s", old, text)
		}
		_, err := read([]byte(strings.Replace(text, old, new, 1)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s → %s: %v, want %q", old, new, err, want)
		}
	}
	alarm, bridge, instance := string(read(t, "sns-alarm")), string(read(t, "bridge-alarm")), string(read(t, "bridge-instance"))
	f(FromAlarm, alarm, `"orders-latency"`, `""`, ErrOther.Error())
	f(FromAlarm, alarm, `arn:aws:cloudwatch`, `arn:aws:sqs`, "AlarmArn")
	f(FromAlarm, alarm, `"NewStateValue":"ALARM"`, `"NewStateValue":"FINE"`, "alarm's state")
	f(FromAlarm, alarm, `2026-11-22T13:04:05.123+0000`, `yesterday`, "StateChangeTime")
	f(FromAlarm, alarm, `{`, `[`, "not JSON")
	f(FromAlarm, alarm, `"orders-latency"`, `7`, "AlarmName: want string, not number")
	f(FromBridge, bridge, `CloudWatch Alarm State Change`, `Something`, ErrOther.Error())
	f(FromBridge, bridge, `"aws.cloudwatch"`, `"my.app"`, ErrOther.Error())
	f(FromBridge, bridge, `"111122223333"`, `"1"`, "account")
	f(FromBridge, bridge, `"eu-west-1"`, `"Dublin"`, "region")
	f(FromBridge, bridge, `2026-11-22T13:04:05.123+0000`, ``, "timestamp")
	f(FromBridge, bridge, `"orders-latency","conf`, `"`+strings.Repeat("x", maxAlarm+1)+`","conf`, "alarm's name")
	f(FromBridge, instance, `"i-0ba7c4e9d1f2a3b40","state"`, `"../x","state"`, "instance-id")
	f(FromBridge, instance, `"i-0ba7c4e9d1f2a3b40","state"`, `"","state"`, "instance-id: missing")
	f(FromBridge, instance, `"running"`, `"dreaming"`, "state of the instance")
	f(FromBridge, instance, `2026-11-22T13:04:05Z`, `1026-11-22T13:04:05Z`, "time")
	f(FromBridge, instance, `"version"`, `"`+strings.Repeat("x", MaxBytes)+`"`, "at most")
	if _, err := FromBridge([]byte(`{}`)); !errors.Is(err, ErrOther) {
		t.Errorf("got %v, want %v", err, ErrOther)
	}
}

func FuzzFromAlarm(f *testing.F) { fuzz(f, FromAlarm, "sns-alarm", "sns-math") }

func FuzzFromBridge(f *testing.F) { fuzz(f, FromBridge, "bridge-alarm", "bridge-instance") }

// What is read makes a sample that the grammar allows, or an error.
func fuzz(f *testing.F, from func([]byte) (*Change, error), seeds ...string) {
	for _, name := range seeds {
		f.Add(read(f, name))
	}
	names := identity.New(nil, series.NewCache(100), bustest.Log(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := from(data)
		if err != nil {
			if len(err.Error()) > 2000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		s, err := c.Sample(t.Context(), names)
		var wrong *series.Error
		if errors.As(err, &wrong) {
			return // a name that is no UTF-8, say
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Series.Check(); err != nil || s.UnixMS <= 0 {
			t.Errorf("%v at %d: %v", s.Series, s.UnixMS, err)
		}
	})
}
