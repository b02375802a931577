package ingest

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/series"
)

// Limits is how far a sample's time may be from the time of storage.
type Limits struct{ Past, Future time.Duration }

// Message is one input.
type Message struct {
	// Team is who sent it, by the server's word.
	Team        string
	ContentType string
	Body        []byte
	// Stored is the time of storage: what a missing time means, and what the
	// limits are counted from.
	Stored time.Time
}

// Result is what a message came to.
type Result struct {
	Samples  []batch.Sample
	Rejected []Rejection
	// Skipped is how many text fields of line protocol were left out: no fault,
	// only nothing to measure.
	Skipped int
}

// Rejection is one sample, line or message that was not taken.
type Rejection struct {
	// Index is the sample's place from 0 in an array of JSON or in protobuf, -1
	// if it is the only one, the message as a whole is bad, or it has lines.
	Index int
	// Line is the line from 1, 0 if the format has none.
	Line int
	// Field is one of a few words, for counting: syntax, name, labels, unit, event,
	// level, message, source, id, value, ts, text.
	Field string
	// Reason says in words what is wrong with which field.
	Reason string
}

// Reader reads messages, one at a time.
type Reader struct {
	cache  *series.Cache
	limits Limits

	// of the message being read
	team     string
	storedMS int64
	stored   time.Time
	out      Result
	key      series.Key

	json     jsonScratch
	influx   influxScratch
	protobuf protobufScratch
}

// NewReader returns a reader that knows series by cache.
func NewReader(cache *series.Cache, limits Limits) *Reader {
	return &Reader{cache: cache, limits: limits}
}

// Read returns what m comes to; it is valid until the next Read.
func (r *Reader) Read(m Message) *Result {
	r.team, r.stored, r.storedMS = m.Team, m.Stored, m.Stored.UnixMilli()
	r.out.Samples, r.out.Rejected, r.out.Skipped = r.out.Samples[:0], r.out.Rejected[:0], 0
	if len(trimSpace(m.Body)) == 0 {
		r.reject(place{-1, 0}, "syntax", "the message is empty")
		return &r.out
	}
	formatOf(m.ContentType, m.Body).read(r, m.Body)
	if len(r.out.Samples) == 0 && len(r.out.Rejected) == 0 && r.out.Skipped > 0 {
		r.reject(place{-1, 0}, "text", "every field is text: nothing to measure")
	}
	return &r.out
}

// place is where in the message something is.
type place struct{ index, line int }

func (r *Reader) reject(at place, field, format string, args ...any) {
	r.out.Rejected = append(r.out.Rejected, Rejection{Index: at.index, Line: at.line, Field: field, Reason: fmt.Sprintf(format, args...)})
}

// series returns the series that r.key names, or nil when it is rejected.
func (r *Reader) series(at place) *series.Series {
	s, err := r.cache.Get(&r.key)
	if err != nil {
		field := "name"
		var e *series.Error
		if errors.As(err, &e) {
			field = e.Field
		}
		r.reject(at, field, "%v", err)
		return nil
	}
	return s
}

// add takes the sample, or rejects it for its value or time.
func (r *Reader) add(at place, s *series.Series, unixMS int64, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		r.reject(at, "value", "value: %v is not a finite number", value)
		return
	}
	if r.timely(at, "ts", unixMS, unixMS, "milliseconds") {
		r.out.Samples = append(r.out.Samples, batch.Sample{Series: s, UnixMS: unixMS, Value: value})
	}
}

// timely reports whether the time is within the limits; if not it is rejected.
// raw is the number as it was written, in the unit wanted.
func (r *Reader) timely(at place, field string, unixMS, raw int64, wanted string) bool {
	switch {
	// Compared without subtracting: a time may be anywhere in 64 bits.
	case unixMS < r.storedMS-r.limits.Past.Milliseconds():
		r.reject(at, "ts", "%s: %s is too old: at most %s before the time of storage, which is %s%s", field,
			written(unixMS), r.limits.Past, written(r.storedMS), r.mistaken(raw, wanted))
		return false
	case unixMS > r.storedMS+r.limits.Future.Milliseconds():
		r.reject(at, "ts", "%s: %s is in the future: at most %s after the time of storage, which is %s%s", field,
			written(unixMS), r.limits.Future, written(r.storedMS), r.mistaken(raw, wanted))
		return false
	}
	return true
}

// written returns the time as people read it, or the bare number if it is none
// that has a date.
func written(ms int64) string {
	t := time.UnixMilli(ms).UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		return fmt.Sprintf("%d ms", ms)
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// mistaken is a hint when the number would be right in another unit.
func (r *Reader) mistaken(raw int64, wanted string) string {
	for _, u := range []struct {
		name   string
		second float64
	}{{"seconds", 1}, {"milliseconds", 1e3}, {"microseconds", 1e6}, {"nanoseconds", 1e9}} {
		off := float64(raw)/u.second - float64(r.stored.Unix())
		if u.name != wanted && math.Abs(off) < 24*60*60 {
			return " (that looks like " + u.name + ", " + wanted + " are wanted)"
		}
	}
	return ""
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

// listed is how many reasons are written out.
const listed = 8

// Reasons returns all rejections in one line of text, each with its place.
func Reasons(rejected []Rejection) string {
	var b strings.Builder
	for i, x := range rejected {
		if i == listed {
			fmt.Fprintf(&b, "; and %d more", len(rejected)-listed)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		switch {
		case x.Line > 0:
			fmt.Fprintf(&b, "line %d: ", x.Line)
		case x.Index >= 0:
			fmt.Fprintf(&b, "sample %d: ", x.Index)
		}
		b.WriteString(x.Reason)
	}
	return b.String()
}
