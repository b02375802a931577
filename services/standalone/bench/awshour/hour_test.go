package awshour

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/parley-ops/parley/services/collector"
	"github.com/parley-ops/parley/services/evaluator"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/sandbox"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// cloud is the local AWS account behind a RoundTripper.
type cloud struct {
	handler http.Handler
	asked   *atomic.Int64 // requests, but for those of the meter
}

func (c cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if r.URL.Path != meterPath {
		c.asked.Add(1)
	}
	rec := httptest.NewRecorder()
	c.handler.ServeHTTP(rec, r)
	return rec.Result(), nil
}

const meterPath = "/sandbox/meter"

// meter is what the account counted since it was reset.
type meter struct {
	Requests   int     `json:"requests"`
	Metrics    int     `json:"metrics_requested"`
	Dollars    float64 `json:"dollars"`
	Operations []struct {
		Action  string `json:"action"`
		Request int    `json:"requests"`
		Metrics int    `json:"metrics_requested"`
	} `json:"operations"`
}

func (m meter) calls(action string) (n int) {
	for _, o := range m.Operations {
		if o.Action == action {
			n += o.Request
		}
	}
	return n
}

func (c cloud) meter(t *testing.T, method string) meter {
	t.Helper()
	resp, err := c.RoundTrip(httptest.NewRequest(method, "http://aws.test"+meterPath, nil))
	if err != nil {
		t.Fatal(err)
	}
	var m meter
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// getData is the call that costs.
const getData = "cloudwatch:GetMetricData"

// watch looks at the meter every second in which something was asked for until ctx is done, and returns how many
// calls there would have been, had those of each second been filled with 500, and by
// how many more there were in the worst second.
func (c cloud) watch(ctx context.Context, t *testing.T) (filled, worst int) {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	var before meter
	looked := int64(-1)
	for {
		if n := c.asked.Load(); n != looked {
			looked = n
			m := c.meter(t, http.MethodGet)
			want := (m.Metrics - before.Metrics + 499) / 500
			filled += want
			worst = max(worst, m.calls(getData)-before.calls(getData)-want)
			before = m
		}
		select {
		case <-ctx.Done():
			return filled, worst
		case <-ticks.C:
		}
	}
}

// instances is how many there are, with ten metrics each.
const instances = 100

// newCloud returns an account with instances that have run for hours.
func newCloud(t *testing.T) (cloud, aws.Config) {
	t.Helper()
	handler, err := sandbox.Account(false)
	if err != nil {
		t.Fatal(err)
	}
	c := cloud{handler: handler, asked: &atomic.Int64{}}
	conf := aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String("http://aws.test"), HTTPClient: &http.Client{Transport: c},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAPARLEYSANDBOX000", "sandbox", "")}
	if _, err := ec2.NewFromConfig(conf).RunInstances(context.Background(), &ec2.RunInstancesInput{ImageId: aws.String("ami-12345678"),
		InstanceType: ec2types.InstanceTypeT3Large, MinCount: aws.Int32(instances), MaxCount: aws.Int32(instances)}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Hour)
	return c, conf
}

// TestHour is the measurement.
func TestHour(t *testing.T) {
	for name, run := range map[string]func(ctx context.Context, t *testing.T, c cloud, conf aws.Config){
		"YACE":     func(ctx context.Context, t *testing.T, _ cloud, conf aws.Config) { yace(ctx, t, conf) },
		"Telegraf": func(ctx context.Context, t *testing.T, _ cloud, conf aws.Config) { telegraf(ctx, t, conf) },
		"Parley":   parley,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, conf := newCloud(t)
				c.meter(t, http.MethodDelete)
				var filled, worst int
				ctx, cancel := context.WithCancel(t.Context())
				watched := make(chan struct{})
				go func() {
					defer close(watched)
					filled, worst = c.watch(ctx, t)
				}()
				run(ctx, t, c, conf)
				cancel()
				<-watched
				m := c.meter(t, http.MethodGet)
				dollars, calls, lists := m.Dollars, m.calls(getData), m.calls("cloudwatch:ListMetrics")
				if a, ok := map[string]struct{ each, lists int }{"YACE": {1, scale}, "Telegraf": {5, 1}}[name]; ok { // statistics; times that it lists more in an hour
					if m.Metrics != a.each*10*instances*rounds || calls != a.each*2*rounds {
						t.Errorf("%d metrics in %d calls in %d rounds", m.Metrics, calls, rounds)
					}
					price := func() float64 { return float64(m.Metrics+lists) / 100_000 }
					if math.Abs(dollars-price()) > 1e-9 {
						t.Errorf("the meter says $%v for %d metrics and %d lists, want $%v", dollars, m.Metrics, lists, price())
					}
					m.Metrics, calls, filled, lists = m.Metrics*scale, calls*scale, filled*scale, lists*a.lists
					dollars = price()
				}
				fmt.Printf("HOUR %s dollars %g metrics %d calls %d filled %d lists %d\n", name, dollars, m.Metrics, calls, filled, lists)
				if name == "Parley" && (m.Dollars > 0.06 || m.Metrics < 1000) {
					t.Errorf("an hour costs $%v for %d metrics, want at most $0.06", m.Dollars, m.Metrics)
				}
				// At the start the search for waste asks at the same moment.
				if name == "Parley" && worst > 2 {
					t.Errorf("%d calls more than needed in one round", worst)
				}
			})
		})
	}
}

// shared is a transport that belongs to the test: services do not close it.
type shared struct{ bus.Transport }

func (shared) Config() any  { return &struct{}{} }
func (shared) Close() error { return nil }

// parley is an hour of the collector with the shipped policies for EC2.
func parley(ctx context.Context, t *testing.T, c cloud, _ aws.Config) {
	b := bustest.New(t)
	policies, err := os.ReadFile("../../../../deploy/policies/aws/ec2.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ec2.yaml"), policies, 0o600); err != nil {
		t.Fatal(err)
	}
	col, eva := collector.Service(), evaluator.Service()
	cfg := col.Config().(*collector.Config)
	cfg.Listen, cfg.Sources = "", []string{"cloudwatch"}
	cfg.AWS.Transport = c
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- service.Run(ctx, []string{"--health-listen=", "--policies=" + folder, "--aws-regions=eu-west-1", "--aws-sandbox-url=http://aws.test"},
			service.Output{Stdout: io.Discard, Stderr: t.Output()}, shared{b.Transport()}, col, eva)
	}()
	time.Sleep(time.Hour)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
