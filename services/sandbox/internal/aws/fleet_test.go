package aws

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// TestFleet makes instances, drives them, and takes them away, over HTTP.
func TestFleet(t *testing.T) {
	t.Parallel()
	cfg := Defaults()
	cfg.World.Start, cfg.World.State = noon, filepath.Join(t.TempDir(), "state")
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, a, noon)
	server := httptest.NewServer(a.Fleet(func() any { return []string{"an application"} }))
	t.Cleanup(server.Close)
	url := server.URL + "/sandbox/fleet"

	type answer struct {
		Error         string
		Made, Removed int
		MetricsMade   int `json:"metrics_made"`
		Instances     []FleetInstance
		Accounts      []FleetCount
		Apps          []string
	}
	ask := func(method, body string, want int) (out answer) {
		t.Helper()
		if status := drive(t, method, url, body, &out); status != want {
			t.Fatalf("%s %s: %d %s, want %d", method, body, status, out.Error, want)
		}
		return out
	}
	counted := func() FleetCount {
		t.Helper()
		for _, c := range ask("GET", "", http.StatusOK).Accounts {
			if c.Account == world.Home && c.Region == "eu-west-1" {
				return c
			}
		}
		t.Fatal("the shop is not counted")
		return FleetCount{}
	}
	home := world.Key{Account: world.Home, Region: "eu-west-1"}
	newest := func(id, metric string) float64 {
		t.Helper()
		list := a.World().Points(home, world.NewMetric("AWS/EC2", metric, world.Dimension{Name: "InstanceId", Value: id}),
			a.World().Now().Add(-20*time.Minute), a.World().Now(), time.Minute)
		if len(list) == 0 {
			return -1
		}
		return list[len(list)-1].Average()
	}
	advance := func(by time.Duration) { stop(t, a, a.World().Now().Add(by)) }

	before := counted()
	made := ask("POST", `{"instances": 100, "prefix": "load", "detailed": true, "tags": {"env": "prod"}}`, http.StatusOK)
	after := counted()
	if made.Made != 100 || made.MetricsMade != 1000 || len(made.Instances) != 100 || after.Metrics-before.Metrics != 1000 ||
		after.Running-before.Running != 100 || after.Synthetic != 100 || after.Resources["ec2:instance"]-before.Resources["ec2:instance"] != 100 {
		t.Fatalf("made %d, %d metrics, %d listed: %+v", made.Made, made.MetricsMade, len(made.Instances), after)
	}
	one := made.Instances[0]
	if !strings.HasPrefix(one.Name, "load-") || one.State != "running" {
		t.Errorf("%+v", one)
	}
	if v := newest(one.ID, "CPUUtilization"); v < 20 || v > 50 {
		t.Errorf("CPU as usual: %v", v)
	}

	for _, c := range []struct {
		action, metric string
		from, to       float64
	}{
		{"busy", "CPUUtilization", 60, 100}, {"idle", "CPUUtilization", 0, 2}, {"usual", "CPUUtilization", 20, 50},
		{"fail", "StatusCheckFailed", 1, 1}, {"ok", "StatusCheckFailed", 0, 0}, {"stop", "CPUUtilization", -1, -1}, {"start", "CPUUtilization", 20, 50},
	} {
		for _, who := range []string{one.ID, "api-1"} { // by id, and by name; synthetic or not
			ask("POST", fmt.Sprintf(`{"action": %q, "id": %q}`, c.action, who), http.StatusOK)
		}
		advance(30 * time.Minute)
		if v := newest(one.ID, c.metric); v < c.from || v > c.to {
			t.Errorf("after %s: %s is %v, want %v to %v", c.action, c.metric, v, c.from, c.to)
		}
	}
	if got := ask("POST", fmt.Sprintf(`{"action": "remove", "ids": [%q]}`, one.ID), http.StatusOK); got.Instances[0].State != "shutting-down" {
		t.Errorf("removed: %+v", got.Instances)
	}

	for body, want := range map[string]string{
		`{}`:                                       "how many",
		`{"instances": 0}`:                         "how many",
		`{"instances": 100000}`:                    "1 to 5000",
		`{"instances": 1, "type": "q9"}`:           "no instance type",
		`{"instances": 1, "days": 9999}`:           "0 to 400",
		`{"instances": 1, "account": "12"}`:        "no account",
		`{"instances": 1, "region": "moon"}`:       "moon",
		`{"instances": 1, "sort": "new"}`:          "unknown field",
		`{"action": "dance", "id": "api-1"}`:       "none of busy",
		`{"action": "busy"}`:                       "name the instances",
		`{"action": "busy", "id": "nobody"}`:       "nobody",
		`{"action": "stop", "id": "cache-warm"}`:   "cannot be stopped",
		`{"action": "busy", "id": "i-0000000000"}`: "Invalid id",
	} {
		if got := ask("POST", body, http.StatusBadRequest); !strings.Contains(got.Error, want) {
			t.Errorf("%s: %q, want words with %q", body, got.Error, want)
		}
	}

	// A restart forgets nothing of it.
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	stop(t, again, a.World().Now())
	if got := again.count(); got[0].Synthetic != 99 {
		t.Errorf("after a restart: %+v", got[0])
	}
	if n, err := again.clear(); n != 99 || err != nil {
		t.Errorf("%d removed: %v", n, err)
	}
	if got := again.count(); got[0].Synthetic != 0 {
		t.Errorf("after it was removed: %+v", got[0])
	}
}

// TestClockAdvances moves the clock on, which moves everything of the account.
func TestClockAdvances(t *testing.T) {
	t.Parallel()
	a, url := serve(t, frozen(noon))
	stop(t, a, noon)
	var clock world.Clock
	if drive(t, "PUT", url+"/sandbox/clock", `{"advance": "1h"}`, &clock); !clock.Now.Equal(noon.Add(time.Hour)) || !clock.Frozen {
		t.Errorf("an hour on: %+v", clock)
	}
	if drive(t, "PUT", url+"/sandbox/clock", `{"now": "2026-11-17T00:00:00Z", "advance": "90s", "speed": 60}`, &clock); clock.Now.Format(time.TimeOnly) != "00:01:30" || clock.Speed != 60 {
		t.Errorf("a time and on: %+v", clock)
	}
	if status := drive(t, "PUT", url+"/sandbox/clock", `{"advance": "a while"}`, nil); status != http.StatusBadRequest {
		t.Errorf("status %d", status)
	}
}

// TestClientsLearnTheClock: answers carry the account's time, and who signs with it is
// let in, as is who does not.
func TestClientsLearnTheClock(t *testing.T) {
	t.Parallel()
	a, url := serve(t, nil)
	client := watch(url, "AKIATEST", func(*cloudwatch.Options) {})
	for _, by := range []time.Duration{0, 3 * time.Hour, 24 * time.Hour, -100 * time.Hour, 0} {
		if by == 0 {
			a.World().RealTime()
		} else if err := a.World().SetClock(world.Clock{Now: time.Now().Add(by), Speed: 60}); err != nil {
			t.Fatal(err)
		}
		for n := range 2 { // the second signs with what it learned from the first
			out, err := client.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{Namespace: sdk.String("AWS/SQS")})
			if by == 0 && n == 0 {
				continue // the last learned another time
			}
			if err != nil {
				t.Fatalf("%v ahead, call %d: %v", by, n, err)
			}
			if skew, ok := middleware.GetAttemptSkew(out.ResultMetadata); !ok || (skew-by).Abs() > 10*time.Minute {
				t.Errorf("%v ahead: the client learned %v", by, skew)
			}
		}
	}
}
