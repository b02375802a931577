package ingest

import (
	"bytes"
	"errors"

	"github.com/influxdata/line-protocol/v2/lineprotocol"

	"github.com/parley-ops/parley/services/collector/internal/series"
)

// influxScratch is what reading line protocol uses again and again.
type influxScratch struct {
	// name is <measurement>.<field>: a copy of its own, because what the decoder
	// hands out are pieces of the input, and appending to one writes over the next.
	name   []byte
	fields []influxField
}

type influxField struct {
	series *series.Series
	value  float64
}

// readInflux reads lines: measurement,tag=value field=1,other=2 nanoseconds.
// Each field is a sample of <measurement>.<field>.
func (r *Reader) readInflux(body []byte) {
	d := lineprotocol.NewDecoderWithBytes(body)
	lines := lineCounter{body: body, line: 1}
	for d.Next() {
		at := place{index: -1}
		measurement, err := d.Measurement()
		if err == nil {
			at.line = lines.of(measurement)
			err = r.influxLine(at, d, measurement)
		}
		if err != nil {
			r.influxSyntax(at, err)
		}
	}
}

// influxLine reads the rest of a line; a fault in it costs the whole line.
func (r *Reader) influxLine(at place, d *lineprotocol.Decoder, measurement []byte) error {
	in := &r.influx
	in.name = append(append(in.name[:0], measurement...), '.')
	prefix := len(in.name)
	r.key.Start(r.team, nil)
	for {
		tag, value, err := d.NextTag()
		if err != nil {
			return err
		}
		if tag == nil {
			break
		}
		r.key.Label(tag, value)
	}
	in.fields = in.fields[:0]
	rejected, skipped, badTags := len(r.out.Rejected), r.out.Skipped, false
	for {
		field, value, err := d.NextField()
		if err != nil {
			// Said once for the line, not for its fields too.
			r.out.Rejected, r.out.Skipped = r.out.Rejected[:rejected], skipped
			return err
		}
		if field == nil {
			break
		}
		v, ok := number(value)
		if !ok {
			r.out.Skipped++
			continue
		}
		if badTags {
			continue
		}
		in.name = append(in.name[:prefix], field...)
		r.key.Name(in.name)
		if s := r.series(at); s != nil {
			in.fields = append(in.fields, influxField{s, v})
		} else { // wrong tags are said once, not for every field
			badTags = r.out.Rejected[len(r.out.Rejected)-1].Field == "labels"
		}
	}
	t, err := d.Time(lineprotocol.Nanosecond, r.stored)
	if err != nil {
		r.out.Rejected, r.out.Skipped = r.out.Rejected[:rejected], skipped
		return err
	}
	ms := t.UnixMilli()
	if len(in.fields) > 0 && !r.timely(at, "timestamp", ms, t.UnixNano(), "nanoseconds") {
		return nil // one reason for all of its fields
	}
	for _, f := range in.fields {
		r.add(at, f.series, ms, f.value)
	}
	return nil
}

// number returns a field's value: true is 1, false is 0, text is none.
func number(v lineprotocol.Value) (float64, bool) {
	switch v.Kind() {
	case lineprotocol.Float:
		return v.FloatV(), true
	case lineprotocol.Int:
		return float64(v.IntV()), true
	case lineprotocol.Uint:
		return float64(v.UintV()), true
	case lineprotocol.Bool:
		if v.BoolV() {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func (r *Reader) influxSyntax(at place, err error) {
	var e *lineprotocol.DecodeError
	if errors.As(err, &e) {
		at.line = int(e.Line)
		r.reject(at, "syntax", "not line protocol: column %d: %.200s", e.Column, e.Err)
		return
	}
	r.reject(at, "ts", "timestamp: %.200s", err)
}

// lineCounter knows on which line a piece of the body is.
type lineCounter struct {
	body  []byte
	begun bool
	pos   int // where the last piece began
	line  int // its line
}

// of returns the line on which piece, the beginning of a line, is. A piece that
// is no part of the body (it had escapes, and was copied) is taken to be on the
// next line that holds something.
func (c *lineCounter) of(piece []byte) int {
	next := cap(c.body) - cap(piece)
	if next < c.pos || next >= len(c.body) || &c.body[next] != &piece[0] {
		next = c.pos
		for more := c.begun; more || blank(c.body[next:]); more = false {
			i := bytes.IndexByte(c.body[next:], '\n')
			if i < 0 {
				break
			}
			next += i + 1
		}
	}
	c.line += bytes.Count(c.body[c.pos:next], []byte{'\n'})
	c.pos, c.begun = next, true
	return c.line
}

// blank reports whether what begins here is an empty line or a comment.
func blank(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r")
	return len(b) > 0 && (b[0] == '\n' || b[0] == '#')
}
