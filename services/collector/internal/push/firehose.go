package push

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/push/stream"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	headerRequest = "X-Amz-Firehose-Request-Id"
	headerKey     = "X-Amz-Firehose-Access-Key"
	headerVersion = "X-Amz-Firehose-Protocol-Version"

	// maxUnpacked is how long a body may be, unpacked.
	maxUnpacked = 64 << 20
	// maxID is how long a request's id may be.
	maxID = 256
	// chunk is how many samples are stored at a time.
	chunk = 2000
	// maxReasons is how many a dead letter gives.
	maxReasons = 10
	// maxLetters is how many dead letters a request can make.
	maxLetters = 100
)

// answer is what Firehose wants to read.
type answer struct {
	RequestID string `json:"requestId"`
	// Timestamp in ms since 1970.
	Timestamp int64  `json:"timestamp"`
	Error     string `json:"errorMessage,omitempty"`
}

// firehose takes in one delivery.
func (p *Push) firehose(w http.ResponseWriter, req *http.Request) {
	// A delivery is larger than what others send, and so may take longer.
	control, until := http.NewResponseController(w), time.Now().Add(storeWithin+10*time.Second)
	_, _ = control.SetReadDeadline(until), control.SetWriteDeadline(until)
	ctx, cancel := context.WithTimeout(req.Context(), storeWithin)
	defer cancel()
	id := req.Header.Get(headerRequest)
	status, text := http.StatusOK, ""
	if err := p.deliver(ctx, w, req, id); err != nil {
		no := p.refused("firehose", err)
		status, text = no.status, no.text
	} else {
		p.met.requests.WithLabelValues("firehose", "200").Inc()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer{id, time.Now().UnixMilli(), text}) // Firehose is gone; it will come again
}

// deliver returns nil when all of the delivery is stored.
func (p *Push) deliver(ctx context.Context, w http.ResponseWriter, req *http.Request, id string) error {
	if err := p.authorize(req); err != nil {
		return err
	}
	switch v := req.Header.Get(headerVersion); {
	case v != "" && v != "1.0":
		return &refusal{http.StatusBadRequest, fmt.Sprintf("%s: %.20q is not understood, 1.0 is", headerVersion, v)}
	case id == "" || len(id) > maxID:
		return &refusal{http.StatusBadRequest, fmt.Sprintf("%s: want 1 to %d bytes", headerRequest, maxID)}
	case p.requests.has(id):
		return nil
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return &refusal{http.StatusTooManyRequests, "too many deliveries at a time, send it again"}
	}
	from := http.MaxBytesReader(w, req.Body, p.unpacked)
	d := &delivery{Push: p, id: id, now: time.Now(), letters: newLetters(p.Letters, maxLetters)}
	switch encoding := strings.ToLower(req.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		return d.read(ctx, from)
	case "gzip":
		z, err := gzip.NewReader(from)
		if err != nil {
			return &refusal{http.StatusBadRequest, "the body is not gzip, as its Content-Encoding says"}
		}
		defer z.Close()
		return d.read(ctx, z)
	default:
		return &refusal{http.StatusUnsupportedMediaType, fmt.Sprintf("Content-Encoding %.40q: want gzip or none", encoding)}
	}
}

// authorize compares with every key, in a time that does not depend on which
// one is right or how much of it.
func (p *Push) authorize(req *http.Request) error {
	if len(p.keys) == 0 {
		return &refusal{http.StatusForbidden, "the endpoint is off: set --collector-aws-firehose-key"}
	}
	hash, right := sha256.Sum256([]byte(req.Header.Get(headerKey))), 0
	for _, k := range p.keys {
		right |= subtle.ConstantTimeCompare(hash[:], k[:])
	}
	if right != 1 {
		return &refusal{http.StatusUnauthorized, headerKey + " is not the one of --collector-aws-firehose-key"}
	}
	return nil
}

// delivery is one request being read.
type delivery struct {
	*Push
	id      string
	now     time.Time
	records int
	good    int
	bad     int
	samples []batch.Sample
	letters *letters
}

// record takes in one record: samples are stored when there are enough, what is
// bad goes to the dead letters.
func (d *delivery) record(ctx context.Context, data []byte) error {
	d.records++
	var reasons []string
	var lines [][]byte
	var full error
	bad := 0
	reject := func(line []byte, why error) {
		if bad++; bad <= maxReasons {
			reasons = append(reasons, why.Error())
		}
		if line != nil {
			lines = append(lines, line)
		}
	}
	err := stream.Read(data, func(x *stream.Point) {
		if full != nil {
			return
		}
		n := len(d.samples)
		var err error
		if d.samples, err = d.Push.samples(ctx, d.samples, x, d.now); err != nil {
			reject(x.Line, err)
			return
		}
		if d.good++; len(d.samples) == n {
			d.met.points.WithLabelValues("firehose", "skipped").Inc()
		}
		if len(d.samples) >= chunk {
			full = d.flush(ctx)
		}
	}, reject)
	if full != nil {
		return full
	}
	if err != nil {
		reject(nil, err)
	}
	if bad == 0 {
		return nil
	}
	d.bad += bad
	body := data
	if len(lines) > 0 { // those that are wrong
		body = bytes.Join(lines, []byte("\n"))
	}
	if bad > maxReasons {
		reasons = append(reasons, fmt.Sprintf("and %d more", bad-maxReasons))
	}
	d.met.points.WithLabelValues("firehose", "bad").Add(float64(bad))
	return d.letters.send(ctx, deadletter.Letter{Team: team, ID: "dlq/firehose/" + d.id + "/" + strconv.Itoa(d.records), Body: body,
		Reason:  fmt.Sprintf("Firehose request %s, record %d: %s", d.id, d.records, strings.Join(reasons, "; ")),
		Subject: string(bus.CustomMetrics(team, "aws-firehose")), Time: d.now})
}

func (d *delivery) flush(ctx context.Context) error {
	if len(d.samples) == 0 {
		return nil
	}
	if err := d.Sink.Store(ctx, d.samples); err != nil {
		return err
	}
	d.met.points.WithLabelValues("firehose", "stored").Add(float64(len(d.samples)))
	d.samples = nil // the batches may hold the old ones
	return nil
}

// end returns when everything is stored.
func (d *delivery) end(ctx context.Context) error {
	if err := errors.Join(d.flush(ctx), d.letters.wait(ctx)); err != nil {
		return err
	}
	if d.letters.more > 0 {
		d.Log.Warn("more bad records than a delivery may have dead letters", "request", d.id, "count", d.letters.more)
	}
	if d.good == 0 && d.bad > 0 {
		d.Log.Warn("nothing of a delivery could be used; see the dead letters of team infra", "request", d.id)
	}
	d.requests.add(d.id)
	return nil
}
