package ingest

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/influxdata/line-protocol/v2/lineprotocol"
	"google.golang.org/protobuf/proto"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/occurrence"
)

// seed adds the bodies of the cases whose names begin with prefix.
func seed(f *testing.F, prefix string) {
	inputs, _ := filepath.Glob("testdata/" + prefix + "*/input*")
	for _, path := range inputs {
		if _, err := os.Stat(path); err == nil {
			f.Add(load(f, path).Body)
		}
	}
}

// sound fails if a result breaks what Read promises of any input.
func sound(t *testing.T, m Message, r *Result) {
	t.Helper()
	for _, s := range r.Samples {
		if err := s.Series.Check(); err != nil {
			t.Errorf("%s%s: %v", s.Series.Name, s.Series.Labels, err)
		}
		if s.Series.Labels.Get(label.Team) != "demo" {
			t.Errorf("%s%s: wrong team", s.Series.Name, s.Series.Labels)
		}
		if e := s.Event; e != nil && (!occurrence.Type.MatchString(e.Type) || float64(e.Level) != s.Value || s.Value < 1 || s.Value > 5 ||
			len(e.Message) > occurrence.MaxMessage || !utf8.ValidString(e.Message+e.Id)) {
			t.Errorf("event %v", e)
		}
		if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
			t.Errorf("%s is %v", s.Series.Name, s.Value)
		}
		if d := time.UnixMilli(s.UnixMS).Sub(m.Stored); d < -time.Hour || d > 5*time.Minute {
			t.Errorf("%s is %s after storage", s.Series.Name, d)
		}
	}
	for _, x := range r.Rejected {
		if x.Reason == "" || x.Field == "" {
			t.Errorf("rejected without a reason: %+v", x)
		}
	}
	first := describe(r)
	if again := describe(newReader().Read(m)); again != first {
		t.Errorf("another reader says otherwise:\n%s\n%s", first, again)
	}
}

// FuzzJSON compares with encoding/json: what is JSON there is JSON here, and
// every element of an array is either taken, with the same value, or rejected.
func FuzzJSON(f *testing.F) {
	seed(f, "json")
	f.Fuzz(func(t *testing.T, body []byte) {
		m := Message{Team: "demo", ContentType: "application/json", Body: body, Stored: stored}
		r := newReader().Read(m)
		sound(t, m, r)
		var root any
		if json.Unmarshal(body, &root) != nil || strings.Count(string(body), "[")+strings.Count(string(body), "{") > 250 {
			return // what is not JSON may still be taken (NaN in an element), what is too deep may not
		}
		elements, ok := root.([]any)
		if !ok {
			elements = []any{root}
		}
		if n := len(r.Samples) + len(r.Rejected); n != len(elements) {
			t.Fatalf("%d elements came to %d samples and %d rejections", len(elements), len(r.Samples), len(r.Rejected))
		}
		bad := map[int]bool{}
		for _, x := range r.Rejected {
			bad[max(x.Index, 0)] = true
		}
		next := 0
		for i, e := range elements {
			if bad[i] {
				continue
			}
			o, ok := e.(map[string]any)
			if !ok {
				t.Fatalf("element %d was taken: %v", i, e)
			}
			if s := r.Samples[next]; s.Event != nil {
				if o["name"] != nil || o["event"] != s.Event.Type || s.Series.Name != occurrence.Metric {
					t.Fatalf("element %d is %v, read as the event %v", i, o, s.Event)
				}
			} else if o["name"] != s.Series.Name || o["value"] != s.Value {
				t.Fatalf("element %d is %v, read as %s = %v", i, o, s.Series.Name, s.Value)
			}
			next++
		}
	})
}

func FuzzInflux(f *testing.F) {
	seed(f, "influx")
	f.Fuzz(func(t *testing.T, body []byte) {
		m := Message{Team: "demo", ContentType: "text/plain", Body: body, Stored: stored}
		r := newReader().Read(m)
		sound(t, m, r)
		lines := strings.Count(string(body), "\n") + 1
		for _, x := range r.Rejected {
			if x.Line > lines {
				t.Errorf("line %d of %d", x.Line, lines)
			}
		}
	})
}

// FuzzInfluxRoundTrip compares with the encoder: what it writes is read back.
func FuzzInfluxRoundTrip(f *testing.F) {
	f.Add("orders", "service", "checkout", "pending", 12.0, int64(0))
	f.Add("a,b", "c d", "e=f\\", "g\"h", -0.5, int64(-3599_000))
	f.Fuzz(func(t *testing.T, measurement, tag, tagValue, field string, value float64, offset int64) {
		v, ok := lineprotocol.FloatValue(value)
		if !ok || offset < -3600_000 || offset > 300_000 {
			return
		}
		var e lineprotocol.Encoder
		e.StartLine(measurement)
		e.AddTag(tag, tagValue)
		e.AddField(field, v)
		e.EndLine(stored.Add(time.Duration(offset) * time.Millisecond))
		if e.Err() != nil {
			return
		}
		m := Message{Team: "demo", ContentType: "text/plain", Body: e.Bytes(), Stored: stored}
		r := newReader().Read(m)
		sound(t, m, r)
		if len(r.Samples)+len(r.Rejected) != 1 {
			t.Fatalf("%q came to\n%s", m.Body, describe(r))
		}
		for _, s := range r.Samples {
			wantTag := tagValue
			if tag == label.Team {
				wantTag = "demo"
			}
			if s.Series.Name != measurement+"."+field || s.Series.Labels.Get(tag) != wantTag || s.Value != value || s.UnixMS != stored.UnixMilli()+offset {
				t.Fatalf("%q was read as\n%s", m.Body, describe(r))
			}
		}
	})
}

// FuzzProtobuf compares rows with the same samples in columns.
func FuzzProtobuf(f *testing.F) {
	seed(f, "protobuf")
	f.Fuzz(func(t *testing.T, body []byte) {
		m := Message{Team: "demo", ContentType: "application/x-protobuf", Body: body, Stored: stored}
		r := newReader().Read(m)
		sound(t, m, r)
		var rows, columns metricsv1.Samples
		if proto.Unmarshal(body, &rows) != nil || len(rows.Samples) == 0 {
			return
		}
		for _, s := range rows.Samples {
			if s.Value == nil || s.Time != nil && (!s.Time.IsValid() || s.Time.AsTime().UnixMilli() == 0) {
				return // columns have no word for these
			}
			ms := int64(0)
			if s.Time != nil {
				ms = s.Time.AsTime().UnixMilli()
			}
			columns.Series = append(columns.Series, &metricsv1.Series{Name: s.Name, Labels: s.Labels})
			columns.SeriesIndex = append(columns.SeriesIndex, uint32(len(columns.SeriesIndex)))
			columns.TimeUnixMs = append(columns.TimeUnixMs, ms)
			columns.Values = append(columns.Values, *s.Value)
		}
		read := func(x *metricsv1.Samples) string {
			b, err := proto.Marshal(x)
			if err != nil {
				t.Fatal(err)
			}
			m.Body = b
			return describe(newReader().Read(m))
		}
		if a, b := read(&metricsv1.Samples{Samples: rows.Samples}), read(&columns); a != b {
			t.Errorf("rows came to\n%scolumns to\n%s", a, b)
		}
	})
}
