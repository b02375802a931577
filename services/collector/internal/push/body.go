package push

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxRecord is how long a record may be, as base64: Firehose's are up to
// 1,000 KiB before that.
const maxRecord = 4 << 20

var errRecord = errors.New("a record is too large")

// meter bounds what is read, in all and of one record.
type meter struct {
	from   io.Reader
	all    int64 // that may still be read
	record int64
}

func (m *meter) Read(b []byte) (int, error) {
	switch {
	case m.all < 0:
		return 0, &http.MaxBytesError{Limit: maxUnpacked}
	case m.record < 0:
		return 0, errRecord
	}
	b = b[:min(int64(len(b)), min(m.all, m.record)+1)]
	n, err := m.from.Read(b)
	m.all -= int64(n)
	m.record -= int64(n)
	return n, err
}

// next begins a record. What the decoder has read ahead counts for the one
// before.
func (m *meter) next() { m.record = maxRecord }

// read takes in the body {"requestId", "timestamp", "records": [{"data"}]}, a
// record at a time. Only what Firehose wrote is stored: a body that breaks off
// is refused, and comes again as a whole.
func (d *delivery) read(ctx context.Context, from io.Reader) error {
	m := &meter{from: from, all: d.unpacked}
	m.next()
	dec := json.NewDecoder(m)
	if err := d.object(ctx, dec, m); err != nil {
		return err
	}
	return d.end(ctx)
}

func (d *delivery) object(ctx context.Context, dec *json.Decoder, m *meter) error {
	if err := want(dec, '{'); err != nil {
		return err
	}
	found := false
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return broken(err)
		}
		switch key {
		case "records":
			if found {
				return &refusal{http.StatusBadRequest, "records: there twice"}
			}
			found = true
			if err := d.list(ctx, dec, m); err != nil {
				return err
			}
		case "requestId":
			var id string
			if err := dec.Decode(&id); err != nil {
				return broken(err)
			}
			if id != d.id {
				return &refusal{http.StatusBadRequest, "requestId is another than " + headerRequest + " says"}
			}
		default:
			var rest json.RawMessage
			if err := dec.Decode(&rest); err != nil {
				return broken(err)
			}
		}
	}
	if err := want(dec, '}'); err != nil {
		return err
	}
	if !found {
		return &refusal{http.StatusBadRequest, "records: missing"}
	}
	return nil
}

func (d *delivery) list(ctx context.Context, dec *json.Decoder, m *meter) error {
	if err := want(dec, '['); err != nil {
		return err
	}
	for dec.More() {
		var r struct {
			Data *string `json:"data"`
		}
		m.next()
		if err := dec.Decode(&r); err != nil {
			return broken(err)
		}
		if r.Data == nil {
			return &refusal{http.StatusBadRequest, "records: one without data"}
		}
		data, err := base64.StdEncoding.DecodeString(*r.Data)
		if err != nil {
			return &refusal{http.StatusBadRequest, "records: data is not base64"}
		}
		if err := d.record(ctx, data); err != nil {
			return err
		}
	}
	m.next()
	return want(dec, ']')
}

func want(dec *json.Decoder, delim json.Delim) error {
	token, err := dec.Token()
	if err != nil {
		return broken(err)
	}
	if token != delim {
		return &refusal{http.StatusBadRequest, fmt.Sprintf(`the body: want {"requestId", "timestamp", "records": [{"data"}]}, found %.20v`, token)}
	}
	return nil
}

// broken says what is wrong with a body that cannot be read.
func broken(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is too large: at most %d bytes unpacked", maxUnpacked)}
	case errors.Is(err, errRecord):
		return &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("a record is too large: at most %d bytes", maxRecord)}
	}
	return &refusal{http.StatusBadRequest, "the body is not the JSON that Firehose sends"}
}
