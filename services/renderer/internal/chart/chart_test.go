package chart

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// TestGolden compares every sample with its picture in testdata, decoded: at
// most 0.5 % of the pixels may differ by more than 8 of 255. On a mismatch the
// picture and a difference are in the test's artifacts (go test -artifacts).
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, spec := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Render(spec)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".png")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			diff, share := compare(t, decode(t, want), decode(t, got))
			if share <= 0.005 {
				return
			}
			t.Errorf("%.2f %% of the pixels differ; go test -update accepts them", 100*share)
			var buf bytes.Buffer
			if err := png.Encode(&buf, diff); err != nil {
				t.Fatal(err)
			}
			for suffix, data := range map[string][]byte{"got": got, "diff": buf.Bytes()} {
				if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+"-"+suffix+".png"), data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestGoldenFiles finds pictures that no sample draws any more.
func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.png")
	if err != nil {
		t.Fatal(err)
	}
	all := samples()
	for _, f := range files {
		name := filepath.Base(f)
		if _, ok := all[name[:len(name)-len(".png")]]; !ok {
			t.Errorf("%s belongs to no sample", f)
		}
	}
}

// TestSize holds the sizes that a chat client loads: 30 KB for one line of 360
// points at 1200 × 500.
func TestSize(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"breach": 30_000, "breach-light": 30_000, "verify": 30_000, "several": 30_000, "many": 60_000, "dense": 30_000} {
		got, err := Render(samples()[name])
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > limit {
			t.Errorf("%s: %d bytes, want at most %d", name, len(got), limit)
		}
	}
}

// TestSame draws the same spec at the same time from many goroutines: pooled
// memory must not show.
func TestSame(t *testing.T) {
	t.Parallel()
	all, want := samples(), map[string][]byte{}
	for name, spec := range all {
		if !slices.Contains([]string{"breach", "verify-light", "several", "small", "panels"}, name) {
			delete(all, name)
			continue
		}
		png, err := Render(spec)
		if err != nil {
			t.Fatal(err)
		}
		want[name] = png
	}
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for name, spec := range all {
				got, err := Render(spec)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want[name]) {
					t.Errorf("%s: another picture the second time", name)
				}
			}
		})
	}
}

func TestUnknownKind(t *testing.T) {
	t.Parallel()
	if _, err := Render(Spec{Kind: "pie"}); err == nil {
		t.Error("no error for an unknown kind")
	}
}

func decode(t *testing.T, data []byte) *image.Paletted {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	paletted, ok := img.(*image.Paletted)
	if !ok {
		t.Fatalf("the picture is %T, want a palette", img)
	}
	return paletted
}

// compare returns a picture of the pixels that differ, and their share.
func compare(t *testing.T, want, got *image.Paletted) (image.Image, float64) {
	t.Helper()
	if want.Bounds() != got.Bounds() {
		t.Fatalf("size %v, want %v", got.Bounds(), want.Bounds())
	}
	var apart [256][256]bool // by the colours' places in the palettes
	for i, a := range want.Palette {
		for j, b := range got.Palette {
			apart[i][j] = far(a, b)
		}
	}
	diff, n := image.NewGray(want.Bounds()), 0
	for i := range want.Pix { // decoded pictures have no padding
		if apart[want.Pix[i]][got.Pix[i]] {
			diff.Pix[i] = 255
			n++
		}
	}
	return diff, float64(n) / float64(len(want.Pix))
}

func far(a, b color.Color) bool {
	const limit = 8 * 0x101
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return max(ar, br)-min(ar, br) > limit || max(ag, bg)-min(ag, bg) > limit || max(ab, bb)-min(ab, bb) > limit
}

// TestKinds finds kinds without a golden picture.
func TestKinds(t *testing.T) {
	t.Parallel()
	drawn := map[Kind]bool{}
	for _, spec := range samples() {
		drawn[spec.withDefaults().Kind] = true
	}
	for kind := range kinds() {
		if !drawn[kind] {
			t.Errorf("no sample draws the kind %q", kind)
		}
	}
}
