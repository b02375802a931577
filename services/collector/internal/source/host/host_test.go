package host

import (
	"math"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/sourcetest"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/label"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	m := source.Kind(Defaults, New)
	m.Config().(*Config).Interval = time.Second
	sourcetest.Run(t, m, 3*time.Second)
}

// TestThisMachine reads the real thing: whatever it is, these are there.
func TestThisMachine(t *testing.T) {
	t.Parallel()
	s, err := New(Config{Interval: time.Second, Name: "box", Team: "infra"}, source.Deps{Log: bustest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	sink := &sourcetest.Sink{}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(t.Context(), sink) }()
	began := time.Now()
	got := map[string]float64{}
	for _, x := range sink.Wait(time.Second) {
		t.Logf("%s%s = %v %s", x.Series.Name, x.Series.Labels, x.Value, x.Series.Unit)
		got[x.Series.Name] = x.Value
		if x.Series.Labels.Get("host") != "box" || x.Series.Labels.Get("team") != "infra" || x.Series.Interval != time.Second {
			t.Errorf("%s%s, every %s", x.Series.Name, x.Series.Labels, x.Series.Interval)
		}
	}
	t.Log("after", time.Since(began))
	for _, name := range []string{"host.memory.used_percent", "host.disk.used_percent", "host.cpu.used_percent"} {
		if v, ok := got[name]; !ok || v < 0 || v > 100 {
			t.Errorf("%s: %v, there: %v", name, v, ok)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	load := 3.0
	before := reading{at: at, cpu: &cpuTimes{100, 50}, io: map[string]transfer{"vda": {1000, 2000}, "gone": {1, 1}},
		net: map[string]transfer{"eth0": {100, 100}, "eth1": {500, 500}}}
	now := reading{at: at.Add(10 * time.Second), cpu: &cpuTimes{120, 55}, memory: &memory{40, 1 << 30}, swap: &swap{1.5}, load1: &load, cores: 2,
		disks: []disk{{"/", "/dev/vda1", "ext4", 81.5, 77}}, io: map[string]transfer{"vda": {1500, 2000}, "new": {9, 9}},
		net: map[string]transfer{"eth0": {200, 1100}, "eth1": {400, 600}}}
	got := map[string]float64{}
	for _, f := range figures(before, now) {
		got[f.name+f.labels.String()] = f.value
	}
	disk := label.Set{{Name: "device", Value: "/dev/vda1"}, {Name: "fstype", Value: "ext4"}, {Name: "path", Value: "/"}}.String()
	want := map[string]float64{
		"host.cpu.used_percent{}": 75, "host.memory.used_percent{}": 40, "host.memory.available_bytes{}": 1 << 30, "host.swap.used_percent{}": 1.5,
		"host.load.1m{}": 3, "host.load.per_cpu{}": 1.5, "host.disk.used_percent" + disk: 81.5, "host.disk.free_bytes" + disk: 77,
		`host.disk.read_bytes_rate{device="vda"}`: 50, `host.disk.written_bytes_rate{device="vda"}`: 0,
		`host.network.bytes_received_rate{interface="eth0"}`: 10, `host.network.bytes_sent_rate{interface="eth0"}`: 100,
		// eth1's counter went back, new has no reading before, gone none now.
	}
	for k, v := range want {
		if g, ok := got[k]; !ok || math.Abs(g-v) > 1e-9 {
			t.Errorf("%s = %v (there: %v), want %v", k, g, ok, v)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d figures, want %d: %v", len(got), len(want), got)
	}
	if f := figures(reading{at: at}, reading{at: at}); len(f) != 0 {
		t.Errorf("of nothing comes %v", f)
	}
}

func TestWholeDisk(t *testing.T) {
	t.Parallel()
	have := map[string]bool{"vda": true, "vda1": true, "nvme0n1": true, "nvme0n1p2": true, "dm-0": true, "loop3": true, "mmcblk0": true, "mmcblk0p1": true}
	exists := func(s string) bool { return have[s] }
	for name, want := range map[string]bool{"vda": true, "vda1": false, "nvme0n1": true, "nvme0n1p2": false, "dm-0": true, "loop3": false, "mmcblk0": true, "mmcblk0p1": false} {
		if got := wholeDisk(name, exists); got != want {
			t.Errorf("wholeDisk(%s) = %v, want %v", name, got, want)
		}
	}
}

func TestWrongSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{{Interval: time.Millisecond, Team: "infra"}, {Interval: time.Second}, {Interval: time.Second, Team: "infra", Name: "\xff"}} {
		if _, err := New(c, source.Deps{Log: bustest.Log(t)}); err == nil {
			t.Errorf("%+v: want an error", c)
		}
	}
}

// TestSample reads the sample as a person's settings file.
func TestSample(t *testing.T) {
	t.Parallel()
	cfg := Defaults()
	err := config.Load(config.Program{Name: "test", Stdout: t.Output(), Env: func(string) (string, bool) { return "", false }},
		[]string{"--config=sample.yaml"}, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Config{Interval: 10 * time.Second, Name: "web-1", Team: "infra"}); cfg != want {
		t.Errorf("read %+v, want %+v", cfg, want)
	}
	if _, err := New(cfg, source.Deps{Log: bustest.Log(t)}); err != nil {
		t.Error(err)
	}
}
