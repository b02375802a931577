package service_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/service"
)

func TestMain(m *testing.M) { bustest.Main(m) }

type settings struct {
	Fail time.Duration `name:"x-fail" help:"When to fail; 0 is never."`
}

// worker works until it is told to stop, or fails after a while.
func worker(name string, ended *atomic.Int32) service.Service {
	return service.New(name, func() settings { return settings{} }, func(ctx context.Context, cfg settings, env service.Env) error {
		defer ended.Add(1)
		env.Say("look at " + env.Name)
		if cfg.Fail > 0 && name == "collector" {
			time.Sleep(cfg.Fail)
			return errors.New("the disk is on fire")
		}
		<-ctx.Done()
		return nil
	})
}

func run(t *testing.T, ctx context.Context, args []string, services ...service.Service) (stdout string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = service.Run(ctx, append([]string{"--health-listen="}, args...), service.Output{Stdout: &out, Stderr: io.Discard}, bustest.New(t).Transport(), services...)
	return out.String(), err
}

func TestASignalStopsAllAndIsNoError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var ended atomic.Int32
		out, err := run(t, ctx, nil, worker("collector", &ended), worker("evaluator", &ended))
		if err != nil || ended.Load() != 2 {
			t.Errorf("%v, %d ended; want nil and both", err, ended.Load())
		}
		if !strings.Contains(out, "look at collector\n") || !strings.Contains(out, "look at evaluator\n") {
			t.Errorf("said %q", out)
		}
	})
}

func TestOneThatFailsStopsAllWithItsError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		_, err := run(t, t.Context(), []string{"--x-fail=10m"}, worker("collector", &ended))
		if err == nil || !strings.Contains(err.Error(), "collector: the disk is on fire") || ended.Load() != 1 {
			t.Errorf("%v, %d ended", err, ended.Load())
		}
	})
}

func TestSettingsAreReadBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		_, err := run(t, t.Context(), []string{"--x-fial=1s"}, worker("collector", &ended))
		if err == nil || !strings.Contains(err.Error(), "--x-fial") || ended.Load() != 0 {
			t.Errorf("%v, %d ran", err, ended.Load())
		}
		out, err := run(t, t.Context(), []string{"--help"}, worker("collector", &ended))
		if !errors.Is(err, config.ErrHelp) || !strings.Contains(out, "--x-fail") {
			t.Errorf("help: %v\n%s", err, out)
		}
	})
}

func TestHealthPagesAndTheHealthCommand(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ready := make(chan func(bool, string), 1)
	s := service.New("collector", func() settings { return settings{} }, func(ctx context.Context, _ settings, env service.Env) error {
		ready <- env.Ready
		<-ctx.Done()
		return nil
	})
	ended := make(chan error, 1)
	transport := bustest.New(t).Transport()
	go func() {
		ended <- service.Run(ctx, []string{"--health-listen=" + addr}, service.Output{Stdout: io.Discard, Stderr: io.Discard}, transport, s)
	}()
	say := <-ready
	health := func() error {
		return service.Run(t.Context(), []string{"health", "--health-listen=" + addr}, service.Output{Stdout: io.Discard, Stderr: io.Discard}, transport, s)
	}
	if err := health(); err != nil {
		t.Errorf("well: %v", err)
	}
	say(false, "no leases")
	if err := health(); err == nil || !strings.Contains(err.Error(), "collector: no leases") {
		t.Errorf("unwell: %v", err)
	}
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if !strings.Contains(string(body), "go_goroutines") {
		t.Errorf("metrics: %s", body)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
