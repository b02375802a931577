package ingest

import (
	"strings"

	"github.com/valyala/fastjson"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/internal/occurrence"
)

// jsonEvent reads an event from outside: {"event": …, "level": …, "message": …,
// "source": …, "id": …, "labels": {…}, "ts": …}. Its source is one of the labels.
func (r *Reader) jsonEvent(at place, f *jsonFields) {
	kind, ok := r.jsonText(at, "event", f.event)
	if !ok {
		return
	}
	if !occurrence.Type.MatchString(kind) {
		r.reject(at, "event", "event: %.40q: want letters, digits and . _ : / -, up to 200, such as deploy.failed", kind)
		return
	}
	e := &eventv1.Occurrence{Type: kind, Level: eventv1.EventLevel_EVENT_LEVEL_INFO}
	if word, ok := r.jsonText(at, "level", f.level); !ok {
		return
	} else if word != "" {
		if e.Level, ok = occurrence.Level(word); !ok {
			r.reject(at, "level", "level: %.40q is none of %s", word, strings.Join(occurrence.Levels, ", "))
			return
		}
	}
	if e.Message, ok = r.jsonText(at, "message", f.message); !ok {
		return
	}
	e.Message = occurrence.Cut(e.Message, occurrence.MaxMessage)
	if e.Id, ok = r.jsonText(at, "id", f.id); !ok {
		return
	}
	if len(e.Id) > occurrence.MaxID {
		r.reject(at, "id", "id: %d bytes, at most %d", len(e.Id), occurrence.MaxID)
		return
	}
	source, ok := r.jsonText(at, "source", f.source)
	if !ok {
		return
	}
	r.key.Start(r.team, nil)
	if source != "" {
		r.key.Label([]byte("source"), []byte(source))
	}
	if !r.jsonLabels(at, f.labels) {
		return
	}
	r.key.Name([]byte(occurrence.Metric))
	s := r.series(at)
	if s == nil {
		return
	}
	if ms, ok := r.jsonTime(at, f.ts); ok && r.timely(at, "ts", ms, ms, "milliseconds") {
		r.out.Samples = append(r.out.Samples, batch.Sample{Series: s, UnixMS: ms, Value: float64(e.Level), Event: e})
	}
}

// jsonText returns a text, "" if it is not there; false when it is something else.
func (r *Reader) jsonText(at place, field string, v *fastjson.Value) (string, bool) {
	if absent(v) {
		return "", true
	}
	text, err := v.StringBytes()
	if err != nil {
		r.reject(at, field, "%s: want a string, got %s", field, a(v))
		return "", false
	}
	return strings.ToValidUTF8(string(text), "\uFFFD"), true
}
