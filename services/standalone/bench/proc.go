package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const clockTick = 100 // USER_HZ, fixed at 100 on Linux

// cpuSeconds is the user and system time of a process, from /proc/PID/stat;
// 0 once it is gone.
func cpuSeconds(pid int) float64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	return parseStat(b)
}

// parseStat reads utime and stime behind the name, which may hold anything.
func parseStat(b []byte) float64 {
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / clockTick
}

// rssMiB is the resident set of a process now.
func rssMiB(pid int) float64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}

// machineBusy is the busy CPU seconds of the whole machine.
func machineBusy() float64 {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	var busy float64
	for i, f := range strings.Fields(line)[1:] {
		v, _ := strconv.ParseFloat(f, 64)
		if i < 7 && i != 3 && i != 4 { // not idle, not iowait; steal and guest left out
			busy += v
		}
	}
	return busy / clockTick
}

// usage is what the processes had used at one moment.
type usage struct {
	at      time.Time
	cpu     map[string]float64
	own     float64 // this process: generator and sinks
	busy    float64
	samples int64
}

// use reads what the system's processes have used so far.
func (s *system) use(samples int64) usage {
	u := usage{at: time.Now(), cpu: map[string]float64{}, own: cpuSeconds(os.Getpid()), busy: machineBusy(), samples: samples}
	for _, p := range s.procs {
		u.cpu[p.name] = cpuSeconds(p.pid())
	}
	return u
}

// spent is what was used between two moments.
type spent struct {
	seconds, samples float64
	cpu              map[string]float64 // CPU-s by process of the system
	total            float64            // CPU-s of the system
	own              float64            // CPU-s of generator and sinks
	other            float64            // cores that everything else took
}

func (a usage) until(b usage, outside []string) spent {
	sp := spent{seconds: b.at.Sub(a.at).Seconds(), samples: float64(b.samples - a.samples), cpu: map[string]float64{}, own: b.own - a.own}
	known := sp.own
	for name, before := range a.cpu {
		d := b.cpu[name] - before
		known += d
		sp.cpu[name] = d
		sp.total += d
	}
	for _, name := range outside {
		sp.total -= sp.cpu[name]
		delete(sp.cpu, name)
	}
	sp.other = max(0, (b.busy-a.busy-known)/sp.seconds)
	return sp
}

// syncedWrite returns how many ms one write of 16 KiB takes until it is on the
// disk, the median of some: what everything that syncs depends on.
func syncedWrite(dir string) float64 {
	f, err := os.OpenFile(filepath.Join(dir, "synced"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return math.NaN()
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var ms []float64
	for range 15 {
		begin := time.Now()
		if _, err := f.Write(make([]byte, 16<<10)); err != nil || f.Sync() != nil {
			return math.NaN()
		}
		ms = append(ms, time.Since(begin).Seconds()*1000)
	}
	return median(ms)
}
