package ingest

import (
	"math"
	"strconv"
	"time"

	"github.com/valyala/fastjson"

	"github.com/parley-ops/parley/services/collector/internal/series"
)

// jsonScratch is what reading JSON uses again and again.
type jsonScratch struct {
	parser fastjson.Parser
	number []byte
	fields jsonFields
	labels []jsonLabel
	object func(key []byte, v *fastjson.Value)
	label  func(key []byte, v *fastjson.Value)
}

// jsonFields are the values of one sample's keys, nil if absent.
type jsonFields struct {
	name, labels, value, ts, unit     *fastjson.Value
	event, source, level, message, id *fastjson.Value // of an event
}

type jsonLabel struct {
	name  []byte
	value *fastjson.Value
}

// readJSON reads one object or an array of them:
// {"name": …, "labels": {…}, "value": …, "ts": …, "unit": …}; one with an "event"
// in place of a "name" is an event.
func (r *Reader) readJSON(body []byte) {
	root, err := r.json.parser.ParseBytes(body)
	if err != nil {
		r.reject(place{-1, 0}, "syntax", "not JSON: %.200s", err)
		return
	}
	if root.Type() != fastjson.TypeArray {
		r.jsonSample(place{-1, 0}, root)
		return
	}
	samples, _ := root.Array()
	for i, v := range samples {
		r.jsonSample(place{i, 0}, v)
	}
}

func (r *Reader) jsonSample(at place, v *fastjson.Value) {
	o, err := v.Object()
	if err != nil {
		r.reject(at, "syntax", "want an object like {\"name\":…,\"value\":…}, got %s", a(v))
		return
	}
	f := r.json.fieldsOf(o)
	if absent(f.name) && !absent(f.event) {
		r.jsonEvent(at, f)
		return
	}
	s := r.jsonSeries(at, f)
	if s == nil {
		return
	}
	value, ok := r.jsonValue(at, f.value)
	if !ok {
		return
	}
	if ms, ok := r.jsonTime(at, f.ts); ok {
		r.add(at, s, ms, value)
	}
}

// fieldsOf returns the object's known keys; of two alike the last counts, and
// others are ignored.
func (j *jsonScratch) fieldsOf(o *fastjson.Object) *jsonFields {
	j.fields = jsonFields{}
	if j.object == nil { // made once: a closure for each sample would be allocated
		j.object = func(key []byte, v *fastjson.Value) {
			switch string(key) {
			case "name":
				j.fields.name = v
			case "labels":
				j.fields.labels = v
			case "value":
				j.fields.value = v
			case "ts":
				j.fields.ts = v
			case "unit":
				j.fields.unit = v
			case "event":
				j.fields.event = v
			case "source":
				j.fields.source = v
			case "level":
				j.fields.level = v
			case "message":
				j.fields.message = v
			case "id":
				j.fields.id = v
			}
		}
	}
	o.Visit(j.object)
	return &j.fields
}

func (r *Reader) jsonSeries(at place, f *jsonFields) *series.Series {
	if absent(f.name) {
		r.reject(at, "name", "name: missing")
		return nil
	}
	name, err := f.name.StringBytes()
	if err != nil {
		r.reject(at, "name", "name: want a string, got %s", a(f.name))
		return nil
	}
	var unit []byte
	if !absent(f.unit) {
		if unit, err = f.unit.StringBytes(); err != nil {
			r.reject(at, "unit", "unit: want a string, got %s", a(f.unit))
			return nil
		}
	}
	r.key.Start(r.team, unit)
	if !r.jsonLabels(at, f.labels) {
		return nil
	}
	r.key.Name(name)
	return r.series(at)
}

// jsonLabels puts the labels, if there are any, into the key.
func (r *Reader) jsonLabels(at place, v *fastjson.Value) bool {
	if absent(v) {
		return true
	}
	labels, err := v.Object()
	if err != nil {
		r.reject(at, "labels", "labels: want an object, got %s", a(v))
		return false
	}
	for _, l := range r.json.labelsOf(labels) {
		value, err := l.value.StringBytes()
		if err != nil {
			r.reject(at, "labels", "labels: the value of %.40q is %s, want a string", l.name, a(l.value))
			return false
		}
		r.key.Label(l.name, value)
	}
	return true
}

func (j *jsonScratch) labelsOf(o *fastjson.Object) []jsonLabel {
	j.labels = j.labels[:0]
	if j.label == nil {
		j.label = func(key []byte, v *fastjson.Value) { j.labels = append(j.labels, jsonLabel{key, v}) }
	}
	o.Visit(j.label)
	return j.labels
}

func (r *Reader) jsonValue(at place, v *fastjson.Value) (float64, bool) {
	if absent(v) {
		r.reject(at, "value", "value: missing")
		return 0, false
	}
	if v.Type() != fastjson.TypeNumber {
		r.reject(at, "value", "value: want a number, got %s", a(v))
		return 0, false
	}
	n, err := r.jsonNumber(v)
	if err != nil {
		r.reject(at, "value", "value: %.40s is not a finite number", r.json.number)
	}
	return n, err == nil
}

// jsonTime returns the time in ms: of storage if there is none.
func (r *Reader) jsonTime(at place, v *fastjson.Value) (int64, bool) {
	if absent(v) {
		return r.storedMS, true
	}
	switch v.Type() {
	case fastjson.TypeNumber:
		n, err := r.jsonNumber(v)
		if err == nil && math.Abs(n) < 1<<62 {
			return int64(n), true
		}
		r.reject(at, "ts", "ts: %.40s is no time in milliseconds", r.json.number)
	case fastjson.TypeString:
		text, _ := v.StringBytes()
		t, err := time.Parse(time.RFC3339Nano, string(text))
		if err == nil {
			return t.UnixMilli(), true
		}
		r.reject(at, "ts", "ts: %.40q is neither milliseconds since 1970 as a number nor RFC 3339", text)
	default:
		r.reject(at, "ts", "ts: want milliseconds since 1970 or RFC 3339, got %s", a(v))
	}
	return 0, false
}

// jsonNumber returns the number to the last bit, which the parser's own reading
// does not.
func (r *Reader) jsonNumber(v *fastjson.Value) (float64, error) {
	r.json.number = v.MarshalTo(r.json.number[:0])
	return strconv.ParseFloat(string(r.json.number), 64)
}

func absent(v *fastjson.Value) bool { return v == nil || v.Type() == fastjson.TypeNull }

// a names what a value is, with its article.
func a(v *fastjson.Value) string {
	switch v.Type() {
	case fastjson.TypeObject, fastjson.TypeArray:
		return "an " + v.Type().String()
	case fastjson.TypeTrue, fastjson.TypeFalse, fastjson.TypeNull:
		return v.Type().String()
	}
	return "a " + v.Type().String()
}
