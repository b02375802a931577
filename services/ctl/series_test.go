package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

// hourly is a series of days with one spike.
func hourly(rows int) string {
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		v := 20 + (i*7919)%13
		if i%24 >= 9 && i%24 < 18 {
			v += 50
		}
		if i == 500 {
			v = 900
		}
		fmt.Fprintf(&b, "%s,%d\n", start.Add(time.Duration(i)*time.Hour).Format(time.DateTime), v)
	}
	return b.String()
}

// What is said of a row does not depend on what comes after it.
func TestDetectIsCausal(t *testing.T) {
	t.Parallel()
	judge := func(rows int) []string {
		dir := t.TempDir()
		in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
		if err := os.MkdirAll(filepath.Join(in, "a"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(in, "a", "b.csv"), []byte(hourly(rows)), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := detectCmd{In: in, Out: out, Zone: "Europe/Berlin"}
		var said strings.Builder
		if err := cmd.Run(t.Context(), screen.New(nil, &said, &said)); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(out, "a", "b.csv"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(content)), "\n")
	}
	whole := judge(700)
	if len(whole) != 701 || whole[0] != "timestamp,value,anomaly_score,expected,lower,upper,alert" {
		t.Fatalf("%d lines, the first %q", len(whole), whole[0])
	}
	if !strings.HasPrefix(whole[501], "2026-03-22 20:00:00,900,") || !strings.HasSuffix(whole[501], ",critical") {
		t.Errorf("the spike: %q", whole[501])
	}
	for _, rows := range []int{1, 60, 501, 502, 699} {
		for i, line := range judge(rows) {
			if line != whole[i] {
				t.Fatalf("of %d rows, line %d is %q, else %q", rows, i, line, whole[i])
			}
		}
	}
}

func TestMomentsOfTheDay(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	start := time.Date(2026, 3, 2, 15, 30, 0, 0, time.UTC)
	for i := range 8 * 48 {
		fmt.Fprintf(&b, "%s,%.2f\n", start.Add(time.Duration(i)*30*time.Minute).Format(time.RFC3339), 20+float64(i)/8)
	}
	var got []string
	err := moments(strings.NewReader(b.String()), 100, func(at int64, hours string) {
		got = append(got, time.UnixMilli(at).UTC().Format("02 15:04 ")+hours)
	})
	if err != nil {
		t.Fatal(err)
	}
	// the sixth day is the 7th; at its start 46.1 are used, and a quarter an hour
	if len(got) != 15 || !strings.HasPrefix(got[0], "07 00:00 215.0") || !strings.HasPrefix(got[14], "10 12:00 131.0") {
		t.Errorf("%d moments: %q", len(got), got)
	}
}
