package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/natsconf"
	"github.com/parley-ops/parley/services/sandbox"
)

var (
	hourDollars = figure{"aws: 1,000 series for an hour at the defaults, list price", "USD", "≤ $0.06", false}
	hourMetrics = figure{"aws: metrics requested in that hour", "", "≤ 6,000", false}
	hourCalls   = figure{"aws: GetMetricData calls in that hour", "", "ceil(N/500) each time", false}
	hourLists   = figure{"aws: ListMetrics calls in that hour", "", "≤ 2 and the pages", false}
	manyCPU     = figure{"aws: 10,000 series a minute, collector, CPU a cycle", "CPU-s", "", false}
	manyNATS    = figure{"aws: 10,000 series a minute, nats-server, CPU a cycle", "CPU-s", "", false}
	manyRSS     = figure{"aws: 10,000 series a minute, collector, RSS", "MiB", "", false}
	manyCalls   = figure{"aws: 10,000 series a minute, GetMetricData calls a cycle", "", "20", false}
	manyStored  = figure{"aws: 10,000 series a minute, samples stored a cycle", "", "10,000", false}
)

// cloud measures what watching AWS costs: in dollars, beside other programs,
// and in time and memory with many instances.
func cloud(ctx context.Context, o options, t *table) error {
	if err := cloudHour(ctx, o, t); err != nil {
		return err
	}
	return cloudMany(ctx, o, t)
}

// cloudHour runs the hour, which is in a package of its own because hours pass
// at once only in tests.
func cloudHour(ctx context.Context, o options, t *table) error {
	progressLine("aws: 1,000 series for an hour")
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-run", "^TestHour$", "-v", "./services/standalone/bench/awshour")
	cmd.Dir = o.root
	out, err := cmd.CombinedOutput()
	n := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var name string
		var dollars, metrics, calls, filled, lists float64
		if k, _ := fmt.Sscanf(lines.Text(), "HOUR %s dollars %g metrics %g calls %g filled %g lists %g", &name, &dollars, &metrics, &calls, &filled, &lists); k < 6 {
			continue
		}
		n++
		system := strings.ToLower(name)
		t.add(hourDollars, system, dollars)
		t.add(hourMetrics, system, metrics)
		t.add(hourCalls, system, calls)
		t.add(hourLists, system, lists)
		if system == "parley" {
			t.note("aws: full calls for the metrics of each round would be %g, %g were made", filled, calls)
		}
	}
	if err != nil || n < 3 {
		return fmt.Errorf("go test awshour: %w\n%s", err, out)
	}
	return nil
}

// manyInstances have ten metrics each.
const manyInstances = 1000

// cloudMany has one collector read 10,000 series every minute.
func cloudMany(ctx context.Context, o options, t *table) error {
	progressLine("aws: %d instances, ten metrics each, every minute", manyInstances)
	url, stop, err := serveCloud(ctx)
	if err != nil {
		return err
	}
	defer stop()
	s := &system{name: "parley", outside: nil, health: map[string]string{}}
	defer s.close()
	dir := filepath.Join(o.temp, "cloud")
	conn, env, err := s.startBus(ctx, o, dir)
	if err != nil {
		return err
	}
	if err := writeAll(dir, map[string]string{"services/ec2.yaml": manyService}); err != nil {
		return err
	}
	needs := &eventv1.Needs{Digest: "bench"}
	for _, name := range manyMetrics {
		needs.Needs = append(needs.Needs, &eventv1.Need{Policy: name, Metric: "aws.ec2." + name, Severity: eventv1.Severity_SEVERITY_CRITICAL, Hold: durationpb.New(time.Minute)})
	}
	if _, err := bus.PolicyNeeds.Put(ctx, conn, "current", needs); err != nil {
		return err
	}
	health, err := freeAddress()
	if err != nil {
		return err
	}
	p, err := s.start(dir, "collector", o.service("collector"), append(env, "PARLEY_HEALTH_LISTEN="+health), "--collector-listen=", "--collector-sources=cloudwatch",
		"--aws-sandbox-url="+url, "--aws-regions=eu-west-1", "--collector-cloudwatch-services="+filepath.Join(dir, "services"), "--collector-cloudwatch-critical-every=1m",
		"--collector-cloudwatch-thousand-usd=0", "--collector-cloudwatch-waste-interval=0")
	if err != nil {
		return err
	}
	if err := p.ready(ctx, "http://"+health+"/readyz"); err != nil {
		return err
	}
	samples := func() float64 {
		return counter(ctx, "http://"+health+"/metrics", "collector_cloudwatch_samples_total")
	}
	for samples() == 0 && ctx.Err() == nil && s.alive() == nil { // the first look
		wait(ctx, time.Second)
	}
	wait(ctx, 90*time.Second) // and what follows it
	calls, err := dataCalls(ctx, url)
	if err != nil {
		return err
	}
	before, stored := s.use(0), samples()
	const cycles = 3
	wait(ctx, cycles*time.Minute)
	sp := before.until(s.use(0), nil)
	after, err := dataCalls(ctx, url)
	if err != nil {
		return err
	}
	t.add(manyCPU, s.name, sp.cpu["collector"]/cycles)
	t.add(manyNATS, s.name, sp.cpu["nats-server"]/cycles)
	t.add(manyRSS, s.name, rssMiB(p.pid()))
	t.add(manyCalls, s.name, float64(after-calls)/cycles)
	t.add(manyStored, s.name, (samples()-stored)/cycles)
	return s.alive()
}

// startBus runs nats-server with the streams, and returns the admin's
// connection and the environment for a service.
func (s *system) startBus(ctx context.Context, o options, dir string) (*bus.Conn, []string, error) {
	keys := filepath.Join(dir, "keys")
	place := natsconf.InFolder(keys)
	public, err := natsconf.WriteKeys(place)
	if err != nil {
		return nil, nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	if err := writeAll(dir, map[string]string{
		"users/users.conf": string(natsconf.UsersConf(public)), "accounts.conf": string(natsconf.AccountsConf("demo")),
		"nats.conf": string(natsconf.ServerConf(natsconf.Server{Name: "bench", Listen: address,
			StoreDir: filepath.Join(dir, "jetstream"), SyncInterval: "always"})),
	}); err != nil {
		return nil, nil, err
	}
	if _, err := s.start(dir, "nats-server", o.tool("nats-server"), nil, "-c", filepath.Join(dir, "nats.conf")); err != nil {
		return nil, nil, err
	}
	url := "nats://" + address
	admin, err := dial(ctx, url, place("admin"), "admin")
	if err != nil {
		return nil, nil, err
	}
	s.closers = append(s.closers, admin.Close)
	return admin, []string{"PARLEY_NATS_URL=" + url, "PARLEY_NATS_KEYS=" + keys, "PARLEY_LOG_LEVEL=warn", "PARLEY_LOG_FORMAT=json"}, bus.Setup(ctx, admin, bus.SetupOptions{})
}

// serveCloud serves a local AWS account with many instances that have run for
// hours.
func serveCloud(ctx context.Context) (url string, stop func(), err error) {
	handler, err := sandbox.Account(false)
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	stop = func() { _ = server.Close() }
	url = "http://" + l.Addr().String()
	conf := aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String(url), Credentials: credentials.NewStaticCredentialsProvider("AKIAPARLEYSANDBOX000", "sandbox", "")}
	past, err := json.Marshal(map[string]any{"now": time.Now().Add(-6 * time.Hour)})
	if err == nil {
		err = drive(ctx, http.MethodPut, url+"/sandbox/clock", past)
	}
	for n := 0; n < manyInstances && err == nil; n += 100 {
		_, err = ec2.NewFromConfig(conf).RunInstances(ctx, &ec2.RunInstancesInput{ImageId: aws.String("ami-12345678"), InstanceType: types.InstanceTypeT3Large,
			MinCount: aws.Int32(100), MaxCount: aws.Int32(100)})
	}
	if err == nil {
		err = drive(ctx, http.MethodDelete, url+"/sandbox/clock", nil)
	}
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("the local AWS account: %w", err)
	}
	return url, stop, nil
}

func drive(ctx context.Context, method, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, url, res.Status)
	}
	return nil
}
