package archive

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// An archive in a bucket is the same as one in a folder.
func TestABucket(t *testing.T) {
	t.Parallel()
	b, place := newBucket(t)
	s, err := At(place)
	if err != nil {
		t.Fatal(err)
	}
	if s.String() != "s3://samples/some/where" {
		t.Error(s)
	}
	if _, err := Open(t.Context(), s); !errors.Is(err, ErrNone) {
		t.Fatal(err)
	}
	a, err := Make(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	all := minutes(1, 300)
	write(t, a, all...)
	write(t, a, all...) // by another, who was thought to be dead
	if files, err := a.Files(t.Context(), time.Time{}); err != nil || len(files) != 6 || len(b.objects) != 7 {
		t.Errorf("%v, %v, %d objects", files, err, len(b.objects))
	}
	for name := range b.objects {
		if !strings.HasPrefix(name, "some/where/") {
			t.Error(name)
		}
	}
	b.mu.Lock()
	b.breaks = s3Reads - 1
	b.mu.Unlock()
	got, gaps := read(t, a, time.Time{})
	wantSame(t, got, all)
	if end, err := a.End(t.Context(), testLog); end != 300 || err != nil || len(gaps) > 0 {
		t.Error(end, err, gaps)
	}
	if n, err := a.Sweep(t.Context(), begun.Add(3*time.Hour)); n != 3 || err != nil || len(b.objects) != 4 {
		t.Errorf("%d, %v, %d objects", n, err, len(b.objects))
	}
}

// What a store has it keeps, where it can be asked to.
func TestABucketKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	b, place := newBucket(t)
	s, err := At(place)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), "a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), "a", []byte("2")); !errors.Is(err, fs.ErrExist) || string(b.objects["some/where/a"]) != "1" {
		t.Error(err)
	}
	b.unconditional = true
	if err := s.Create(t.Context(), "b", []byte("3")); err != nil || string(b.objects["some/where/b"]) != "3" {
		t.Error(err)
	}
	if _, err := s.Read(t.Context(), "c"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := errors.Join(s.Delete(t.Context(), "a"), s.Delete(t.Context(), "a")); err != nil || len(b.objects) != 1 {
		t.Error(err)
	}
	b.breaks = s3Reads
	if data, err := s.Read(t.Context(), "b"); err == nil {
		t.Errorf("%s", data)
	}
}

// Errors say what to change, and hold no key.
func TestABucketThatRefuses(t *testing.T) {
	t.Parallel()
	f := func(change func(*bucket, string) string, want string) {
		t.Helper()
		b, place := newBucket(t)
		s, err := At(change(b, place))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Make(t.Context(), s)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(func(b *bucket, place string) string { b.refuse = "AccessDenied"; return place }, "the credentials may not: they need s3:ListBucket")
	f(func(_ *bucket, place string) string { return strings.Replace(place, "samples", "others", 1) }, "there is no such bucket")
	f(func(_ *bucket, place string) string { return strings.Replace(place, "eu-north-1", "eu-west-1", 1) }, "the store does not know these credentials")
	f(func(_ *bucket, place string) string { return place + "&profile=other" }, "with profile other")
	f(func(_ *bucket, place string) string { return place + ".absent" }, ".absent: want a file of credentials")
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	f := func(place, want string) {
		t.Helper()
		if _, err := At(place); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", place, err, want)
		}
	}
	f("", "want a folder or s3://bucket/prefix")
	f("ftp://host/x", "not kept at ftp://")
	f("s3://", "want s3://bucket/prefix")
	f("s3://Bucket", "want s3://bucket/prefix")
	f("s3://key:secret@bucket", "want s3://bucket/prefix")
	f("s3://bucket?regoin=eu-west-1", "unknown parameter regoin: did you mean region?")
	f("s3://bucket?x=1", "unknown parameter x: there are region, endpoint")
	f("s3://bucket?endpoint=minio:9000", "endpoint: want a URL")
	f("s3://bucket?path_style=maybe", "path_style: want true or false")
	for place, want := range map[string]bool{"s3://bucket": false, "s3://bucket?endpoint=http://minio:9000": true, "s3://bucket?endpoint=http://minio:9000&path_style=false": false} {
		if s, err := At(place); err != nil || s.(*S3).pathStyle != want {
			t.Errorf("%s: %+v, %v", place, s, err)
		}
	}
	if s, err := At("data/archive"); err != nil || s.(*Dir).root != "data/archive" {
		t.Error(s, err)
	}
}
