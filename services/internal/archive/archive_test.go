package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go/compress/zstd"
	"pgregory.net/rapid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

const testLog = "log-20261130T100000.000Z"

// at returns an entry with one sample.
func at(sequence uint64, stored time.Time) Entry {
	return Entry{Sequence: sequence, Stored: stored, Partition: 3, Event: &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{
		BaseUnixMs: stored.UnixMilli(), SeriesId: []uint64{7}, TimeDeltaMs: []int64{-5}, Value: []float64{float64(sequence)}}}}}
}

func newArchive(t *testing.T) (*Archive, *Dir) {
	t.Helper()
	d := NewDir(filepath.Join(t.TempDir(), "archive"))
	a, err := Make(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return a, d
}

// write stores entries, a file whenever the writer finds it time and one for
// the rest.
func write(t *testing.T, a *Archive, all ...Entry) {
	t.Helper()
	w := a.NewWriter(testLog, func(Written) error { return nil })
	for _, e := range all {
		if err := w.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, a *Archive, since time.Time) (out []Entry, gaps []Gap) {
	t.Helper()
	gaps, err := a.History(t.Context(), nil, since, func(e Entry, _ uint64) error { out = append(out, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return out, gaps
}

func minutes(first uint64, n int) (out []Entry) {
	for i := range n {
		out = append(out, at(first+uint64(i), begun.Add((time.Duration(first)+time.Duration(i))*time.Minute)))
	}
	return out
}

func TestAnArchive(t *testing.T) {
	t.Parallel()
	a, d := newArchive(t)
	again, err := Make(t.Context(), NewDir(d.root))
	if err != nil || again.ID() != a.ID() {
		t.Fatalf("%v, %v", again, err)
	}
	all := minutes(1, 200)
	write(t, a, all...)
	got, gaps := read(t, a, time.Time{})
	wantSame(t, got, all)
	if len(gaps) > 0 {
		t.Error(gaps)
	}
	files, err := a.Files(t.Context(), time.Time{})
	if err != nil || len(files) != 4 { // 14:21 to 17:40
		t.Fatalf("%v, %v", files, err)
	}
	if name := files[0].Name(); !strings.HasPrefix(name, testLog+"/2026-11-30/14-00000000000000000001-00000000000000000039-") {
		t.Error(name)
	}
	if end, err := a.End(t.Context(), testLog); err != nil || end != 200 {
		t.Errorf("%d, %v", end, err)
	}
	if end, err := a.End(t.Context(), "log-20261130T100000.001Z"); err != nil || end != 0 {
		t.Errorf("%d, %v", end, err)
	}
	got, _ = read(t, a, all[100].Stored)
	wantSame(t, got, all[100:])
	if got, _ := read(t, a, all[199].Stored.Add(1)); len(got) > 0 {
		t.Error(got)
	}
}

// few checks a property on n draws, not on a hundred: each makes files, and a file
// costs the parquet library much. One that fails is tried again to make it small.
func few(t *testing.T, n int, property func(*rapid.T)) {
	t.Helper()
	failed := false
	rapid.Check(t, func(rt *rapid.T) {
		rapid.Bool().Draw(rt, "any") // the rest of the hundred draw something too
		if n--; n < 0 && !failed {
			return
		}
		before := failed
		failed = true
		property(rt)
		failed = before
	})
}

// Whatever several writers stored, and wherever each began and died, every
// entry is read once, in order; what none of them had is told as a gap.
func TestDoublesAndGaps(t *testing.T) {
	t.Parallel()
	few(t, 6, func(rt *rapid.T) {
		a, err := Make(t.Context(), memory{})
		if err != nil {
			rt.Fatal(err)
		}
		have := map[uint64]bool{}
		for range rapid.IntRange(1, 4).Draw(rt, "writers") {
			first := rapid.Uint64Range(1, 150).Draw(rt, "first")
			n := rapid.IntRange(1, 100).Draw(rt, "entries")
			write(t, a, minutes(first, n)...)
			for s := first; s < first+uint64(n); s++ {
				have[s] = true
			}
		}
		got, gaps := read(t, a, time.Time{})
		var sequences, want []uint64
		for _, e := range got {
			sequences = append(sequences, e.Sequence)
		}
		for s := range have {
			want = append(want, s)
		}
		slices.Sort(want)
		if !slices.Equal(sequences, want) {
			rt.Fatalf("read %v, want %v", sequences, want)
		}
		missing := 0
		for _, g := range gaps {
			for s := g.First; s <= g.Last; s++ {
				if have[s] {
					rt.Fatalf("%d is said to be missing", s)
				}
				missing++
			}
			if g.From != at(0, begun.Add(time.Duration(g.First-1)*time.Minute)).Stored || !g.To.After(g.From) {
				rt.Fatalf("%+v", g)
			}
		}
		if want := int(want[len(want)-1]-want[0]) + 1 - len(want); missing != want {
			rt.Fatalf("%d are said to be missing, want %d", missing, want)
		}
	})
}

// Another log counts from 1 again, and is read after the one before it.
func TestALogMadeAnew(t *testing.T) {
	t.Parallel()
	a, _ := newArchive(t)
	write(t, a, minutes(1000, 5)...)
	w := a.NewWriter("log-20261201T000000.000Z", func(Written) error { return nil })
	later := at(1, begun.Add(48*time.Hour))
	if err := errors.Join(w.Add(t.Context(), later), w.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	got, gaps := read(t, a, time.Time{})
	wantSame(t, got, append(minutes(1000, 5), later))
	if len(gaps) > 0 {
		t.Error(gaps)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	a, d := newArchive(t)
	var all []Entry
	for i, hours := range []float64{0, 1, 2, 9, 10, 33, 36} { // 14, 15, 16, 23, 0, 23 and 2 o'clock
		all = append(all, at(uint64(i+1), begun.Add(time.Duration(hours*float64(time.Hour)))))
	}
	write(t, a, all...)
	other := filepath.Join(d.root, testLog, "2026-11-30", "notes.txt")
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	sweep := func(before time.Time, want int) {
		t.Helper()
		if n, err := a.Sweep(t.Context(), before); err != nil || n != want {
			t.Errorf("%d files deleted, want %d: %v", n, want, err)
		}
	}
	sweep(begun.Add(-time.Hour), 0)
	sweep(time.Date(2026, 11, 30, 15, 59, 59, 0, time.UTC), 1) // 14:xx, and nothing of 15:xx
	sweep(time.Date(2026, 11, 30, 15, 59, 59, 0, time.UTC), 0)
	sweep(time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC), 4)
	got, _ := read(t, a, time.Time{})
	wantSame(t, got, all[slices.IndexFunc(all, func(e Entry) bool { return !e.Stored.Before(time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)) }):])
	if _, err := os.Stat(other); err != nil {
		t.Error("what is another's is deleted", err)
	}
	sweep(time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC), 1)
	if _, err := os.Stat(filepath.Join(d.root, testLog, "2026-12-01")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the empty folder stays", err)
	}
}

func TestWhatIsNoArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Open(t.Context(), NewDir(dir)); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), dir) {
		t.Error(err)
	}
	for text, want := range map[string]string{`{`: "is broken", `{"format":"1"}`: "is broken", `{"format":"2","id":"x"}`: `of format "2"`} {
		if err := os.WriteFile(filepath.Join(dir, aboutName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Make(t.Context(), NewDir(dir)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A file that lost its end, or a bit, is named.
func TestABrokenFile(t *testing.T) {
	t.Parallel()
	a, d := newArchive(t)
	write(t, a, minutes(1, 30)...)
	files, err := a.Files(t.Context(), time.Time{})
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	path := d.path(files[0].Name())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(whole)
	flipped[len(whole)/2] ^= 4
	for _, data := range [][]byte{nil, whole[:len(whole)-1], flipped, []byte("PAR1")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := a.History(t.Context(), nil, time.Time{}, func(Entry, uint64) error { return nil })
		if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), files[0].Name()) {
			t.Error(err)
		}
	}
	enough := errors.New("enough")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.History(t.Context(), nil, time.Time{}, func(Entry, uint64) error { return enough }); err != enough {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.History(ctx, nil, time.Time{}, func(Entry, uint64) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A store never changes a file that it has, and leaves nothing half written.
func TestDir(t *testing.T) {
	t.Parallel()
	d := NewDir(filepath.Join(t.TempDir(), "new"))
	left := filepath.Join(d.root, unfinished+"1")
	if err := errors.Join(d.Create(t.Context(), "a/b", []byte("1")), os.WriteFile(left, []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := d.Create(t.Context(), "a/b", []byte("2")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if data, err := d.Read(t.Context(), "a/b"); err != nil || string(data) != "1" {
		t.Errorf("%s, %v", data, err)
	}
	if names, err := d.List(t.Context(), ""); err != nil || fmt.Sprint(names) != "[a/]" {
		t.Error(names, err)
	}
	if err := os.Chtimes(left, time.Time{}, time.Now().Add(-2*abandoned)); err != nil {
		t.Fatal(err)
	}
	if err := d.Create(t.Context(), "a/c", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what was left unfinished stays", err)
	}
	if err := errors.Join(d.Delete(t.Context(), "a/c"), d.Delete(t.Context(), "a/c")); err != nil {
		t.Error(err)
	}
	if _, err := d.Read(t.Context(), "a/c"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// What a sample takes: 200 series of 10 hosts, every 10 s, an hour of them, with
// values of three digits.
func TestBytesOfASample(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	d := newDraft(testLog, at(1, begun), &zstd.Codec{})
	d.file.Hour = begun
	for i := range 360 * 10 {
		e := at(uint64(i+1), begun.Add(time.Duration(i/10)*10*time.Second))
		b := &eventv1.SampleBatch{BaseUnixMs: e.Stored.UnixMilli()}
		for k := range 20 {
			id := uint64(i%10*20+k+1) * 0x9E3779B97F4A7C15
			if i/10%60 == 0 {
				b.Defs = append(b.Defs, &eventv1.SeriesDef{Id: id, Name: fmt.Sprintf("metric.%d", k), Labels: []*eventv1.Label{{Name: "host", Value: fmt.Sprintf("h%d", i%10)}}})
			}
			b.SeriesId, b.TimeDeltaMs, b.Value = append(b.SeriesId, id), append(b.TimeDeltaMs, 0), append(b.Value, math.Round(500+100*r.NormFloat64())/10)
		}
		e.Event = &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}
		if err := d.add(e); err != nil {
			t.Fatal(err)
		}
	}
	_, data, err := d.finish()
	if err != nil {
		t.Fatal(err)
	}
	each := float64(len(data)) / float64(d.samples)
	t.Logf("%d samples in %d bytes: %.2f each", d.samples, len(data), each)
	if each > 3 {
		t.Errorf("a sample takes %.2f bytes", each)
	}
}

// Whatever has become of a file, that it is not what was written is told before
// anything makes sense of it.
func FuzzDecode(f *testing.F) {
	d := newDraft(testLog, at(1, begun), &zstd.Codec{})
	for _, e := range minutes(1, 3) {
		if err := d.add(e); err != nil {
			f.Fatal(err)
		}
	}
	file, whole, err := d.finish()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		err := decode(file, data, func(Entry) error { n++; return nil })
		if bytes.Equal(data, whole) {
			if err != nil || n != 3 {
				t.Errorf("%d entries, %v", n, err)
			}
			return
		}
		if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), file.Name()) || n > 0 {
			t.Errorf("%d entries, %v", n, err)
		}
	})
}

// A name that is read is the one that is written.
func FuzzParseName(f *testing.F) {
	f.Add(testLog + "/2026-11-30/14-00000000000000000001-00000000000000000039-0123456789abcdef.parquet")
	f.Add("archive.json")
	f.Fuzz(func(t *testing.T, name string) {
		if file, ok := parseName(name); ok && (file.Name() != name || file.First > file.Last) {
			t.Errorf("%q is read as %+v", name, file)
		}
	})
}
