package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	metricsv1 "github.com/parley-ops/parley/proto/metrics/v1"
)

// fileSubject is where samples from files go: their names are inside.
const fileSubject = "metrics.send"

// maxMessage is up to how many bytes of a file go in one message: under the
// 256 KiB that a team may send.
const maxMessage = 192 << 10

// split returns a file's content as messages of a size that servers take.
func split(content []byte, format string) ([]*nats.Msg, error) {
	trimmed := bytes.TrimSpace(content)
	if len(trimmed) == 0 {
		return nil, errors.New("--file: there is nothing in it")
	}
	if format == "auto" {
		format = "line"
		if trimmed[0] == '{' || trimmed[0] == '[' {
			format = "json"
		}
		if bytes.IndexByte(content, 0) >= 0 {
			format = "protobuf"
		}
	}
	switch format {
	case "json":
		return splitJSON(trimmed)
	case "line":
		return splitLines(trimmed)
	}
	if err := proto.Unmarshal(content, &metricsv1.Samples{}); err != nil {
		return nil, fmt.Errorf("--file: not a protobuf parley.metrics.v1.Samples: %w", err)
	}
	return []*nats.Msg{message(fileSubject, "application/x-protobuf", content)}, nil
}

// splitJSON takes objects and arrays of objects, one after another.
func splitJSON(content []byte) ([]*nats.Msg, error) {
	var samples []json.RawMessage
	d := json.NewDecoder(bytes.NewReader(content))
	for {
		var v json.RawMessage
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			where := int64(len(content))
			var syntax *json.SyntaxError
			if errors.As(err, &syntax) {
				where = syntax.Offset
			}
			return nil, fmt.Errorf("--file: %s: %w", position(content, where), err)
		}
		if v[0] != '[' {
			samples = append(samples, v)
			continue
		}
		var many []json.RawMessage
		if err := json.Unmarshal(v, &many); err != nil {
			return nil, fmt.Errorf("--file: %w", err)
		}
		samples = append(samples, many...)
	}
	parts := pack(samples, []byte(","))
	for _, m := range parts {
		m.Header.Set("Content-Type", "application/json")
		m.Data = append(append([]byte("["), m.Data...), ']')
	}
	return parts, nil
}

func splitLines(content []byte) ([]*nats.Msg, error) {
	parts := pack(bytes.Split(content, []byte("\n")), []byte("\n"))
	for _, m := range parts {
		m.Header.Set("Content-Type", "text/plain")
	}
	return parts, nil
}

// pack joins items into as few messages as hold them.
func pack[B ~[]byte](items []B, separator []byte) []*nats.Msg {
	var out []*nats.Msg
	for _, item := range items {
		last := len(out) - 1
		if last < 0 || len(out[last].Data)+len(separator)+len(item) > maxMessage {
			out = append(out, message(fileSubject, "", bytes.Clone(item)))
			continue
		}
		out[last].Data = append(append(out[last].Data, separator...), item...)
	}
	return out
}

// position returns the line and column of the byte before an offset, as JSON
// counts them.
func position(content []byte, offset int64) string {
	before := content[:max(min(int(offset), len(content))-1, 0)]
	return fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n'))
}
