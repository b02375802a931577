package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/klauspost/compress/snappy"
	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/encoding/protowire"
)

// Every feed encodes what does not change (names and labels) once per series,
// so that the generator stays cheap next to what it loads.

// remoteWrite feeds Prometheus remote write 1.0: a snappy block holding a
// prometheus.WriteRequest.
func remoteWrite(url string, w *workload) send {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	names := make([][]byte, w.series) // repeated Label labels = 1 {name = 1, value = 2}
	for i, l := range w.labels {
		for _, kv := range [...][2]string{{"__name__", metricName}, {"grp", l.grp}, {"host", l.host}, {"service", l.service}} {
			names[i] = appendMessage(names[i], 1, appendPair(nil, kv[0], kv[1]))
		}
	}
	return func(ctx context.Context, b batch) error {
		var raw, one []byte
		for k, v := range b.values {
			one = append(one[:0], 1<<3|1) // Sample{double value = 1, int64 timestamp = 2}
			one = binary.LittleEndian.AppendUint64(one, math.Float64bits(v))
			one = binary.AppendUvarint(append(one, 2<<3), uint64(b.timeMs))
			name := names[b.first+k]
			raw = protowire.AppendTag(raw, 1, protowire.BytesType)
			raw = protowire.AppendVarint(raw, uint64(len(name)+2+len(one)))
			raw = append(raw, name...)
			raw = appendMessage(raw, 2, one)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(snappy.Encode(nil, raw)))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-protobuf")
		req.Header.Set("Content-Encoding", "snappy")
		req.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(res.Body, 512))
		if res.StatusCode/100 != 2 {
			return fmt.Errorf("remote write: %s: %s", res.Status, bytes.TrimSpace(text))
		}
		return nil
	}
}

// columns feeds parley.metrics.v1.Samples in columns, by JetStream request.
func columns(nc *nats.Conn, w *workload, size int) send {
	encode := columnsOf(w, size)
	return func(ctx context.Context, b batch) error {
		return publish(ctx, nc, "application/x-protobuf", encode(b))
	}
}

// columnsOf returns what encodes batches of size series as columns.
func columnsOf(w *workload, size int) func(batch) []byte {
	heads := make([][]byte, (w.series+size-1)/size) // repeated Series series = 2 and series_index = 3
	for k := range heads {
		var index []byte
		for i := k * size; i < min(w.series, (k+1)*size); i++ {
			l := w.labels[i]
			s := appendString(nil, 1, metricName)
			for _, kv := range [...][2]string{{"grp", l.grp}, {"host", l.host}, {"service", l.service}} {
				s = appendMessage(s, 2, appendPair(nil, kv[0], kv[1]))
			}
			heads[k] = appendMessage(heads[k], 2, s)
			index = protowire.AppendVarint(index, uint64(i-k*size))
		}
		heads[k] = appendMessage(heads[k], 3, index)
	}
	return func(b batch) []byte {
		head := heads[b.first/size]
		data := append(make([]byte, 0, len(head)+8*len(b.values)+32), head...)
		data = appendMessage(data, 4, protowire.AppendVarint(nil, uint64(b.timeMs))) // one time for all
		data = protowire.AppendTag(data, 5, protowire.BytesType)
		data = protowire.AppendVarint(data, uint64(8*len(b.values)))
		for _, v := range b.values {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
		return data
	}
}

// objects feeds JSON arrays, by JetStream request.
func objects(nc *nats.Conn, w *workload) send {
	encode := objectsOf(w)
	return func(ctx context.Context, b batch) error {
		return publish(ctx, nc, "application/json", encode(b))
	}
}

// objectsOf returns what encodes batches as JSON arrays.
func objectsOf(w *workload) func(batch) []byte {
	heads := make([]string, w.series)
	for i, l := range w.labels {
		heads[i] = fmt.Sprintf(`{"name":%q,"labels":{"grp":%q,"host":%q,"service":%q},"value":`, metricName, l.grp, l.host, l.service)
	}
	return func(b batch) []byte {
		data := make([]byte, 0, len(b.values)*128)
		for k, v := range b.values {
			data = append(data, "[,"[min(k, 1)])
			data = append(data, heads[b.first+k]...)
			data = strconv.AppendFloat(data, v, 'f', -1, 64)
			data = append(data, `,"ts":`...)
			data = strconv.AppendInt(data, b.timeMs, 10)
			data = append(data, '}')
		}
		return append(data, ']')
	}
}

// publish stores a custom metrics message as a team's program does, and waits
// for the stream's acknowledgement.
func publish(ctx context.Context, nc *nats.Conn, contentType string, data []byte) error {
	m, err := nc.RequestMsgWithContext(ctx, &nats.Msg{Subject: "metrics.bench", Data: data,
		Header: nats.Header{"Content-Type": []string{contentType}}})
	if err != nil {
		return fmt.Errorf("publish metrics.bench: %w", err)
	}
	if bytes.Contains(m.Data, []byte(`"error"`)) {
		return fmt.Errorf("publish metrics.bench: %s", m.Data)
	}
	return nil
}

func appendMessage(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

func appendString(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

// appendPair is a label of remote write and an entry of a protobuf map alike.
func appendPair(b []byte, name, value string) []byte {
	return appendString(appendString(b, 1, name), 2, value)
}
