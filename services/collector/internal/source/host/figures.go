package host

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/label"
)

// reading is what the system said at one time. Counters only grow; what is nil
// or missing was not told.
type reading struct {
	at     time.Time
	cpu    *cpuTimes
	memory *memory
	swap   *swap
	load1  *float64
	cores  int
	disks  []disk
	io     map[string]transfer // device -> bytes read, written
	net    map[string]transfer // interface -> bytes received, sent
}

type (
	// cpuTimes are seconds of all cores since the start of the system.
	cpuTimes struct{ total, idle float64 }
	memory   struct {
		usedPercent    float64
		availableBytes uint64
	}
	swap struct{ usedPercent float64 }
	disk struct {
		path, device, fstype string
		usedPercent          float64
		freeBytes            uint64
	}
	// transfer counts bytes.
	transfer struct{ in, out uint64 }
)

// figure is one value before it has a series.
type figure struct {
	name   string
	unit   string
	labels label.Set
	value  float64
}

// figures returns what two readings come to.
func figures(before, now reading) []figure {
	var out []figure
	add := func(name, unit string, value float64, labels ...label.Label) {
		if !math.IsNaN(value) && !math.IsInf(value, 0) {
			out = append(out, figure{name, unit, labels, value})
		}
	}
	if now.cpu != nil && before.cpu != nil {
		if total := now.cpu.total - before.cpu.total; total > 0 {
			busy := total - (now.cpu.idle - before.cpu.idle)
			add("host.cpu.used_percent", "%", min(max(100*busy/total, 0), 100))
		}
	}
	if m := now.memory; m != nil {
		add("host.memory.used_percent", "%", m.usedPercent)
		add("host.memory.available_bytes", "bytes", float64(m.availableBytes))
	}
	if now.swap != nil {
		add("host.swap.used_percent", "%", now.swap.usedPercent)
	}
	if now.load1 != nil {
		add("host.load.1m", "", *now.load1)
		if now.cores > 0 {
			add("host.load.per_cpu", "", *now.load1/float64(now.cores))
		}
	}
	for _, d := range now.disks {
		labels := []label.Label{{Name: "device", Value: d.device}, {Name: "fstype", Value: d.fstype}, {Name: "path", Value: d.path}}
		add("host.disk.used_percent", "%", d.usedPercent, labels...)
		add("host.disk.free_bytes", "bytes", float64(d.freeBytes), labels...)
	}
	seconds := now.at.Sub(before.at).Seconds()
	rates(before.io, now.io, seconds, func(device string, read, written float64) {
		add("host.disk.read_bytes_rate", "bytes/s", read, label.Label{Name: "device", Value: device})
		add("host.disk.written_bytes_rate", "bytes/s", written, label.Label{Name: "device", Value: device})
	})
	rates(before.net, now.net, seconds, func(name string, received, sent float64) {
		add("host.network.bytes_received_rate", "bytes/s", received, label.Label{Name: "interface", Value: name})
		add("host.network.bytes_sent_rate", "bytes/s", sent, label.Label{Name: "interface", Value: name})
	})
	return out
}

// rates calls each with the rates per second of what is in both; a counter that
// went back (the device was replaced) is left out.
func rates(before, now map[string]transfer, seconds float64, each func(name string, in, out float64)) {
	if seconds <= 0 {
		return
	}
	for _, name := range sorted(now) {
		a, ok := before[name]
		b := now[name]
		if ok && b.in >= a.in && b.out >= a.out {
			each(name, float64(b.in-a.in)/seconds, float64(b.out-a.out)/seconds)
		}
	}
}

func sorted(m map[string]transfer) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// wholeDisk reports whether name is a disk and no part of one of the others,
// nor a disk that is a file or memory.
func wholeDisk(name string, others func(string) bool) bool {
	for _, p := range []string{"loop", "ram", "zram", "fd", "sr"} {
		if strings.HasPrefix(name, p) {
			return false
		}
	}
	base := strings.TrimRight(name, "0123456789")
	if base == name {
		return true
	}
	return !others(base) && !others(strings.TrimSuffix(base, "p"))
}

// ownInterface reports whether traffic there is this machine's: not to itself,
// and not the inner ends of containers.
func ownInterface(name string) bool {
	for _, p := range []string{"lo", "veth", "docker", "br-", "virbr", "cni", "flannel", "cali"} {
		if strings.HasPrefix(name, p) {
			return false
		}
	}
	return true
}
