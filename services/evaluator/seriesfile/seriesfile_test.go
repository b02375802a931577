package seriesfile

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRows(t *testing.T) {
	t.Parallel()
	start := time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC).UnixMilli()
	f := func(text string, want ...float64) {
		t.Helper()
		var got []float64
		err := Rows(strings.NewReader(text), func(r Row) error {
			got = append(got, float64(r.Millis-start)/1000, r.Value)
			return nil
		})
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
	f("")
	f("timestamp,value\n")
	f("timestamp,value\n2024-03-04 00:00:00,1.5\n2024-03-04 00:05:00,-2e3\n", 0, 1.5, 300, -2000)
	f("\ufefftimestamp,value\r\n2024-03-04 00:00:01.5,7\r\n\r\n", 1.5, 7)
	f("2024-03-04T00:01:00Z,3", 60, 3)
	f("2024-03-04T01:00:00+01:00,3", 0, 3)
	f("1709510400,3", 0, 3)
	f("1709510400500,3", 0.5, 3)
	f("value,label,time\n3,0,2024-03-04", 0, 3)
	f("timestamp,value\n2024-03-04,\n2024-03-04,NaN\n2024-03-04,x", 0, math.NaN(), 0, math.NaN(), 0, math.NaN())
}

func TestRowsThatAreNone(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		err := Rows(strings.NewReader(text), func(Row) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("timestamp,value\nyesterday,3", `line 2: time "yesterday": want 2006-01-02`)
	f("2024-03-04", "line 1: 1 columns, want timestamp,value")
	f("a,b\n", `line 1: time "a"`)
	f("1e300,3", "line 1: time")
}

func TestWide(t *testing.T) {
	t.Parallel()
	f := func(text string, header bool, want ...string) {
		t.Helper()
		var got []string
		is, err := Wide(strings.NewReader(text), func(id string, values []float64) error {
			got = append(got, fmt.Sprint(id, values))
			return nil
		})
		if err != nil || is != header || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, %v; want %q", text, got, is, err, want)
		}
	}
	f("H1,1,2,3\nH2,4\n", false, "H1[1 2 3]", "H2[4]")
	f("\"V1\",\"V2\",\"V3\"\n\"H1\",\"1\",\"2\",\n", true, "H1[1 2]")
	f("H1,1,,3,,\n", false, "H1[1 NaN 3]")
	_, err := Wide(strings.NewReader("H1,1\nH2,1,x\n"), func(string, []float64) error { return nil })
	if err == nil || !strings.Contains(err.Error(), `line 2: "x" is no number`) {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Find(dir); err == nil || !strings.Contains(err.Error(), "has no CSV file") {
		t.Error(err)
	}
	if _, err := Find(filepath.Join(dir, "no")); err == nil || !strings.Contains(err.Error(), "there is no folder") {
		t.Error(err)
	}
	for _, name := range []string{"b.csv", "a/z.CSV", "a/note.txt"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Find(dir); err != nil || !slices.Equal(got, []string{filepath.Join("a", "z.CSV"), "b.csv"}) {
		t.Error(got, err)
	}
}

func FuzzRows(f *testing.F) {
	f.Add("timestamp,value\n2024-03-04 00:00:00,1.5\n")
	f.Add("value,time\n1,2\n,,,\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		_ = Rows(strings.NewReader(text), func(r Row) error {
			if math.IsInf(r.Value, 0) {
				t.Errorf("infinite: %q", text)
			}
			return nil
		})
	})
}

func FuzzWide(f *testing.F) {
	f.Add("id,V1\nH1,1,2,,\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = Wide(strings.NewReader(text), func(_ string, values []float64) error {
			if len(values) == 0 {
				t.Errorf("no values: %q", text)
			}
			return nil
		})
	})
}
