package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// benchmark is one line of `go test -bench`: values by their unit.
type benchmark struct {
	name   string
	values map[string]float64
}

// goBench runs a package's benchmarks on one core.
func goBench(ctx context.Context, o options, pkg, pattern string, count int) ([]benchmark, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchmem", "-cpu", "1", "-benchtime", "300ms", "-count", strconv.Itoa(count), pkg)
	cmd.Dir = o.root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go test -bench %s %s: %w\n%s", pattern, pkg, err, out)
	}
	found := parseBench(out)
	if len(found) == 0 {
		return nil, fmt.Errorf("%s has no benchmark that matches %s", pkg, pattern)
	}
	return found, nil
}

// parseBench reads `go test -bench` output.
func parseBench(out []byte) []benchmark {
	var found []benchmark
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		b := benchmark{name: strings.TrimPrefix(f[0], "Benchmark"), values: map[string]float64{}}
		for i := 2; i+1 < len(f); i += 2 {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil {
				b.values[f[i+1]] = v
			}
		}
		found = append(found, b)
	}
	return found
}

// chart compares the renderer with go-chart as it comes.
func chart(ctx context.Context, o options, t *table) error {
	progressLine("chart")
	found, err := goBench(ctx, o, "./services/renderer/internal/chart", "^(BenchmarkParley|BenchmarkPlainGoChart)$/^points=360$", 3)
	if err != nil {
		return err
	}
	ms := figure{"chart, 360 points: time on one core", "ms", "≤ 10 ms", false}
	kb := figure{"chart, 360 points: picture", "KB", "≤ 30 KB", false}
	alloc := figure{"chart, 360 points: allocated", "MB", "", false}
	times := map[string][]float64{}
	for _, b := range found {
		system := "parley"
		if strings.HasPrefix(b.name, "PlainGoChart") {
			system = "go-chart"
		}
		times[system] = append(times[system], b.values["ns/op"])
		t.add(ms, system, b.values["ns/op"]/1e6)
		t.add(kb, system, b.values["bytes/image"]/1000)
		t.add(alloc, system, b.values["B/op"]/1e6)
	}
	t.note("chart: %s × as fast as plain go-chart", short(median(times["go-chart"])/median(times["parley"])))
	return nil
}

// eval prints the evaluator's own benchmarks: what one sample costs against
// one policy, without the bus, and what a series costs in memory.
func eval(ctx context.Context, o options, t *table) error {
	progressLine("eval")
	found, err := goBench(ctx, o, "./services/evaluator/internal/incident", "Apply|Series", 1)
	if err != nil {
		return err
	}
	aims := map[string]string{"ns/sample/policy": "≤ 200 ns", "B/series": "≤ 600 B, with 360 points 1,500 B"}
	for _, b := range found {
		for _, unit := range []string{"ns/sample/policy", "ns/sample", "B/series"} {
			if v, ok := b.values[unit]; ok {
				t.add(figure{"eval: " + b.name + ", " + unit, "", aims[unit], false}, "parley", v)
			}
		}
	}
	return nil
}
