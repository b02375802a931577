package aws

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/meter"
)

// direct is a transport that calls a handler, for bubbles.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rw := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.ServeHTTP(rw, r)
	}()
	select {
	case <-done:
		resp := rw.Result()
		resp.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
		return resp, nil
	case <-r.Context().Done():
		<-done
		return nil, r.Context().Err()
	}
}

// inside is a client of an account in a bubble.
func inside(a *Account, attempts int) *cloudwatch.Client {
	return watch("http://sandbox", "AKIATEST", func(o *cloudwatch.Options) {
		o.HTTPClient = &http.Client{Transport: direct{a.Handler()}}
		o.RetryMaxAttempts, o.Retryer = attempts, retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = attempts })
	})
}

func list(ctx context.Context, c *cloudwatch.Client) error {
	_, err := c.ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: sdk.String("AWS/SQS")})
	return err
}

// TestQuotas asks as often and for as many points as AWS allows, and once more.
func TestQuotas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, err := New(Defaults())
		if err != nil {
			t.Fatal(err)
		}
		client, ctx := inside(a, 1), t.Context()
		for second := range 2 {
			for i := range 25 {
				if err := list(ctx, client); err != nil {
					t.Fatalf("second %d, list %d: %v", second, i, err)
				}
			}
			if err := list(ctx, client); code(err) != "Throttling" {
				t.Errorf("the 26th list of a second: %v", err)
			}
			time.Sleep(time.Second)
		}
		// 500 metrics of three hours in minutes are 90,000 points: two calls a second.
		data := func(old time.Duration) error {
			var queries []types.MetricDataQuery
			for i := range 500 {
				queries = append(queries, cpu("m"+strings.Repeat("x", i%250)+string(rune('a'+i/250)), report, "Average", 60))
			}
			now := time.Now()
			_, err := client.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
				StartTime: sdk.Time(now.Add(-old)), EndTime: sdk.Time(now.Add(3*time.Hour - old)), MetricDataQueries: queries, MaxDatapoints: sdk.Int32(1),
			})
			return err
		}
		for want, calls := range map[time.Duration]int{3 * time.Hour: 2, 4 * time.Hour: 4} {
			for range calls {
				if err := data(want); err != nil {
					t.Fatal(err)
				}
			}
			if err := data(want); code(err) != "Throttling" {
				t.Errorf("points of %v, after %d calls: %v", want, calls, err)
			}
		}
		time.Sleep(time.Second)
		if err := data(3 * time.Hour); err != nil {
			t.Errorf("a second later: %v", err)
		}
	})
}

// TestFaults switches each kind on, sees it, and that it ends.
func TestFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, err := New(Defaults())
		if err != nil {
			t.Fatal(err)
		}
		ctx, client := t.Context(), inside(a, 1)
		drive := func(method, path, body string) int {
			rw := httptest.NewRecorder()
			a.Handler().ServeHTTP(rw, httptest.NewRequest(method, path, strings.NewReader(body)))
			return rw.Code
		}
		for _, c := range []struct{ fault, want string }{
			{`{"kind": "throttle", "for": "30s"}`, "Throttling"},
			{`{"kind": "deny", "action": "cloudwatch:ListMetrics", "for": "30s"}`, "AccessDenied"},
			{`{"kind": "expire", "action": "cloudwatch:*", "for": "30s"}`, "ExpiredToken"},
			{`{"kind": "error", "region": "eu-west-1", "account": "111122223333", "for": "30s"}`, "InternalFailure"},
			{`{"kind": "deny", "action": "ec2:*", "for": "30s"}`, ""},
			{`{"kind": "deny", "region": "us-east-1", "for": "30s"}`, ""},
		} {
			if status := drive("POST", "/sandbox/aws/faults", c.fault); status != http.StatusOK {
				t.Fatalf("%s: %d", c.fault, status)
			}
			if err := list(ctx, client); code(err) != c.want {
				t.Errorf("%s: %v, want %s", c.fault, err, c.want)
			}
			time.Sleep(31 * time.Second)
			if err := list(ctx, client); err != nil {
				t.Errorf("after %s: %v", c.fault, err)
			}
		}
		drive("POST", "/sandbox/aws/faults", `{"kind": "throttle", "times": 2}`)
		if err := list(ctx, inside(a, 3)); err != nil {
			t.Errorf("two throttles, three attempts: %v", err)
		}
		drive("POST", "/sandbox/aws/faults", `{"kind": "hang", "times": 1}`)
		short, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if err := list(short, client); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a region that does not answer: %v", err)
		}
		drive("POST", "/sandbox/aws/faults", `{"kind": "hang", "delay": "20s"}`)
		begin := time.Now()
		if err := list(ctx, client); err != nil || time.Since(begin) != 20*time.Second {
			t.Errorf("a slow region: %v after %v", err, time.Since(begin))
		}
		drive("DELETE", "/sandbox/aws", "")
		drive("PUT", "/sandbox/aws", `{"skew": "10m"}`)
		if err := list(ctx, client); code(err) != "SignatureDoesNotMatch" || !strings.Contains(err.Error(), "Signature expired") {
			t.Errorf("a clock that is ten minutes off: %v", err)
		}
		drive("DELETE", "/sandbox/aws", "")
		if err := list(ctx, client); err != nil {
			t.Errorf("after all: %v", err)
		}
		for _, bad := range []string{`{"kind": "rain"}`, `{"kind": "deny", "for": "-1s"}`, `{"kind": "deny", "fro": "1s"}`, `{`} {
			if status := drive("POST", "/sandbox/aws/faults", bad); status != http.StatusBadRequest {
				t.Errorf("%s: %d", bad, status)
			}
		}
	})
}

// TestSwitchesAreMerged changes some and finds the others as they were.
func TestSwitchesAreMerged(t *testing.T) {
	t.Parallel()
	_, url := serve(t, nil)
	var s Settings
	drive(t, "PUT", url+"/sandbox/aws", `{"quotas": {"list_metrics": 2}, "delivery": [{"late_share": 0.5, "late_by": "12m"}]}`, &s)
	s = Settings{} // or the links would be merged
	drive(t, "PUT", url+"/sandbox/aws", `{"page_points": 10, "links": {}}`, &s)
	if s.Quotas.ListMetrics != 2 || s.Quotas.GetMetricData != 50 || s.PagePoints != 10 || len(s.Links) != 0 || len(s.Delivery) != 1 || s.Delivery[0].LateBy != Duration(12*time.Minute) {
		t.Errorf("after two changes: %+v", s)
	}
	drive(t, "DELETE", url+"/sandbox/aws", "", &s)
	if s.Quotas.ListMetrics != 25 || s.PagePoints != 0 || len(s.Links) != 1 {
		t.Errorf("after they were forgotten: %+v", s)
	}
	for _, bad := range []string{`{"delivery": [{"late_share": 2}]}`, `{"page_points": -1}`, `{"delivery": [{"delay": "25h"}]}`, `{"pages": 1}`} {
		if status := drive(t, "PUT", url+"/sandbox/aws", bad, nil); status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

// TestMeterAndCalls counts who did what, and what it cost.
func TestMeterAndCalls(t *testing.T) {
	t.Parallel()
	_, url := serve(t, nil)
	ctx, client := t.Context(), watch(url, "AKIATEST", protocols["json"])
	now := time.Now()
	for range 3 {
		if _, err := client.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
			StartTime: sdk.Time(now.Add(-time.Hour)), EndTime: &now, MetricDataQueries: []types.MetricDataQuery{
				cpu("a", report, "Average", 300), cpu("b", report, "Maximum", 300), {Id: sdk.String("c"), Expression: sdk.String("a+b")},
			},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := list(ctx, client); err != nil {
		t.Fatal(err)
	}
	if err := list(ctx, watch(url, "DENIEDKEY", protocols["cbor"])); code(err) != "AccessDenied" {
		t.Errorf("a denied key: %v", err)
	}
	if err := list(ctx, watch(url, "EXPIREDKEY", protocols["query"])); code(err) != "ExpiredToken" {
		t.Errorf("an expired key: %v", err)
	}
	var r meter.Report
	drive(t, "GET", url+"/sandbox/meter", "", &r)
	if r.Requests != 6 || r.Refused != 2 || r.Metrics != 6 {
		t.Errorf("the meter: %+v", r)
	}
	var log struct{ Calls []call }
	drive(t, "GET", url+"/sandbox/aws/calls?since=3", "", &log)
	if len(log.Calls) != 3 {
		t.Fatalf("%d calls after the third: %+v", len(log.Calls), log.Calls)
	}
	if c := log.Calls[0]; !c.Allowed || c.Action != "cloudwatch:ListMetrics" || c.Protocol != "json" || c.Account != "111122223333" {
		t.Errorf("the fourth call: %+v", c)
	}
	if c := log.Calls[1]; c.Allowed || c.Error != "AccessDenied" || c.Protocol != "cbor" {
		t.Errorf("the fifth call: %+v", c)
	}
	drive(t, "GET", url+"/sandbox/aws/calls?since="+time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "", &log)
	if len(log.Calls) != 0 {
		t.Errorf("calls of the future: %+v", log.Calls)
	}
	if status := drive(t, "GET", url+"/sandbox/aws/calls?since=yesterday", "", nil); status != http.StatusBadRequest {
		t.Errorf("since yesterday: %d", status)
	}
	drive(t, "DELETE", url+"/sandbox/meter", "", &r)
	if r.Requests != 0 {
		t.Errorf("after a reset: %+v", r)
	}
}
