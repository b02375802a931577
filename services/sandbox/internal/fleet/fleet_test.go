package fleet_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/ats"
	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
)

// TestMain keeps the server's clock outside of every bubble.
func TestMain(m *testing.M) {
	ats.Register()
	m.Run()
}

// live steps a world by seconds and returns what was published, by subject.
func live(w *fleet.World, seconds int) map[string][]fleet.Message {
	out := map[string][]fleet.Message{}
	now := time.Unix(1795305600, 0)
	for i := range seconds {
		for _, m := range w.Step(now.Add(time.Duration(i)*time.Second), time.Second) {
			out[m.Subject] = append(out[m.Subject], m)
		}
	}
	return out
}

func heap(t *testing.T, w *fleet.World) float64 {
	t.Helper()
	return w.List()[0]["state"].(map[string]any)["heap_used_percent"].(float64)
}

func TestHeapLeaksUntilItIsCollected(t *testing.T) {
	t.Parallel()
	w := fleet.New(fleet.Defaults())
	crossed := 0
	for i := 1; i <= 60; i++ {
		live(w, 1)
		if crossed == 0 && heap(t, w) > 85 {
			crossed = i
		}
	}
	if crossed < 8 || crossed > 20 {
		t.Errorf("past 85 %% after %d s, want within 20", crossed)
	}
	if h := heap(t, w); h < 95 || h > 99 {
		t.Errorf("heap after a minute = %v", h)
	}
	if _, err := w.Do("checkout", "collect-garbage", ""); err != nil {
		t.Fatal(err)
	}
	if h := heap(t, w); h < 30 || h > 37 {
		t.Errorf("heap after a collection = %v, want about 35", h)
	}
	live(w, 15*60)
	if h := heap(t, w); h > 85 {
		t.Errorf("heap 15 minutes later = %v", h)
	}
	live(w, 6*60)
	if h := heap(t, w); h < 85 {
		t.Errorf("heap 21 minutes later = %v", h)
	}
}

func TestDisableExplicitGC(t *testing.T) {
	t.Parallel()
	w := fleet.New(fleet.Defaults())
	live(w, 30)
	if _, err := w.Set("checkout", map[string]any{"disable_explicit_gc": true}); err != nil {
		t.Fatal(err)
	}
	before := heap(t, w)
	beans, _ := w.Beans("checkout")
	if _, err := beans.Exec("java.lang:type=Memory", "gc", nil); err != nil || heap(t, w) != before {
		t.Errorf("heap %v → %v, %v: want no effect and no error", before, heap(t, w), err)
	}
	if _, err := w.Set("checkout", map[string]any{"disable_explicit_gc": false}); err != nil {
		t.Fatal(err)
	}
	if _, err := beans.Exec("com.sun.management:type=DiagnosticCommand", "gcRun", nil); err != nil || heap(t, w) > 40 {
		t.Errorf("heap %v, %v: want a collection", heap(t, w), err)
	}
}

func TestThreeFormats(t *testing.T) {
	t.Parallel()
	out := live(fleet.New(fleet.Defaults()), 60)
	total := 0
	for _, list := range out {
		total += len(list)
	}
	if rate := float64(total) / 60; rate > 20 {
		t.Errorf("%.1f messages a second", rate)
	}
	var rows []struct {
		Name   string
		Labels map[string]string
		Value  *float64
		TS     int64
	}
	if err := json.Unmarshal(out["metrics.checkout"][0].Data, &rows); err != nil {
		t.Fatal(err)
	}
	if r := rows[0]; len(out["metrics.checkout"]) != 60 || r.Name != "jvm.heap.used_percent" || r.TS != 1795305600000 || *r.Value < 50 ||
		fmt.Sprint(r.Labels) != "map[env:prod instance:checkout-1 service:checkout]" {
		t.Errorf("checkout: %+v", rows)
	}
	line, _, _ := strings.Cut(string(out["metrics.cart"][0].Data), "\n")
	if !strings.HasPrefix(line, "requests,env=prod,instance=cart-1,service=cart rate=") || !strings.HasSuffix(line, " 1795305600000000000") {
		t.Errorf("cart: %s", line)
	}
	var samples metricsv1.Samples
	if err := proto.Unmarshal(out["metrics.search"][0].Data, &samples); err != nil || samples.Samples[0].Name != "disk.used_percent" || samples.Samples[0].Time.Seconds != 1795305600 {
		t.Errorf("search: %v, %v", &samples, err)
	}
	if got := out["metrics.batch"][0].ContentType; got != "application/json" {
		t.Errorf("batch: %s", got)
	}
}

func TestStories(t *testing.T) {
	t.Parallel()
	w := fleet.New(fleet.Defaults())
	latency := func(seconds int) float64 {
		t.Helper()
		data := string(live(w, seconds)["metrics.cart"][seconds/5-1].Data)
		_, rest, _ := strings.Cut(data, "p99=")
		var v float64
		if _, err := fmt.Sscanf(rest, "%g", &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := latency(355)
	if during := latency(30); during < 1.7*before {
		t.Errorf("latency %v → %v in a deployment, want doubled", before, during)
	}
	if _, err := w.Do("cart", "rollback", ""); err != nil {
		t.Fatal(err)
	}
	if after := latency(30); after > 1.3*before {
		t.Errorf("latency %v after the rollback, was %v", after, before)
	}
	live(w, 95*60)
	disk := func() float64 {
		return w.List()[2]["state"].(map[string]any)["disk_used_percent"].([]float64)[1]
	}
	if disk() < 99 {
		t.Errorf("disk = %v after 100 minutes", disk())
	}
	if _, err := w.Do("search", "clean-disk", ""); err != nil || disk() > 40 {
		t.Errorf("disk = %v after cleaning, %v", disk(), err)
	}
	if _, err := w.Do("batch", "stop", ""); err != nil {
		t.Fatal(err)
	}
	if got := live(w, 30)["metrics.batch"]; got != nil {
		t.Error("a stopped worker measures")
	}
	if _, err := w.Do("checkout", "restart", ""); err != nil {
		t.Fatal(err)
	}
	if n := len(live(w, 10)["metrics.checkout"]); n < 4 || n > 6 {
		t.Errorf("%d messages in the 10 s after a restart, want 5: it starts for 5 s", n)
	}
}

func TestOperationsOverHTTP(t *testing.T) {
	t.Parallel()
	w := fleet.New(fleet.Defaults())
	live(w, 30)
	handler := w.Handler("secret")
	ask := func(path, token, key string) (int, map[string]any) {
		t.Helper()
		r := httptest.NewRequest("POST", "/sandbox/fleet/"+path, strings.NewReader("{}"))
		r.Header.Set("Authorization", "Bearer "+token)
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		rw := httptest.NewRecorder()
		handler.ServeHTTP(rw, r)
		var answer map[string]any
		if err := json.Unmarshal(rw.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s: %s", path, rw.Body)
		}
		return rw.Code, answer
	}
	if code, _ := ask("checkout/collect-garbage", "wrong", ""); code != http.StatusUnauthorized {
		t.Errorf("a wrong token: %d", code)
	}
	_, first := ask("checkout/collect-garbage", "secret", "k1")
	live(w, 5)
	code, second := ask("checkout/collect-garbage", "secret", "k1")
	if code != 200 || fmt.Sprint(first) != fmt.Sprint(second) {
		t.Errorf("the same key: %v, then %v", first, second)
	}
	if n := w.List()[0]["effects"].(map[string]int)["collect-garbage"]; n != 1 {
		t.Errorf("%d effects of one key", n)
	}
	if code, _ := ask("checkout/stop", "secret", "k1"); code != http.StatusUnprocessableEntity {
		t.Errorf("a key used for something else: %d", code)
	}
	for path, want := range map[string]int{"checkout/fly": 404, "nobody/stop": 404} {
		if code, answer := ask(path, "secret", ""); code != want || answer["message"] == "" {
			t.Errorf("%s: %d %v", path, code, answer)
		}
	}
	if list, err := json.Marshal(w.List()); err != nil || !strings.Contains(string(list), `"jolokia":"/jolokia/checkout"`) {
		t.Errorf("list: %s %v", list, err)
	}
}

// TestSamplesSurviveTheirBroker publishes before there is a stream, and expects
// every message once in it.
func TestSamplesSurviveTheirBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ns, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
		if err != nil {
			t.Fatal(err)
		}
		ns.Start()
		defer func() { ns.Shutdown(); ns.WaitForShutdown() }()
		if !ns.ReadyForConnections(10 * time.Second) {
			t.Fatal("no server")
		}
		ctx, cancel := context.WithCancel(t.Context())
		world, publisher := fleet.New(fleet.Defaults()), fleet.NewPublisher("", slog.New(slog.DiscardHandler))
		ended := make(chan error, 2)
		go func() { ended <- publisher.Run(ctx, nats.InProcessServer(ns)) }()
		go func() { world.Run(ctx, publisher.Send); ended <- nil }()
		defer func() {
			cancel()
			for range 2 {
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		}()
		time.Sleep(30 * time.Second) // nobody stores anything yet

		nc, err := nats.Connect("", nats.InProcessServer(ns))
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		js, err := nc.JetStream()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.AddStream(&nats.StreamConfig{Name: "INGEST", Subjects: []string{"metrics.>"}, Storage: nats.MemoryStorage}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		info, err := js.StreamInfo("INGEST", &nats.StreamInfoRequest{SubjectsFilter: ">"})
		if err != nil {
			t.Fatal(err)
		}
		if n := info.State.Subjects["metrics.checkout"]; n < 58 || n > 61 {
			t.Errorf("%d of checkout's messages in 60 s: %v", n, info.State.Subjects)
		}
	})
}
