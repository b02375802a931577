package collector

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/ingest"
	"github.com/parley-ops/parley/services/collector/internal/push"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	// maxRequest is how long a body may be as it comes, maxUnpacked once it is
	// unpacked: a small body can hold a very large one.
	maxRequest  = 1 << 20
	maxUnpacked = 8 << 20
	// storeWithin is how long a request waits for its samples to be stored,
	// roomWithin for room to hold them.
	storeWithin = 10 * time.Second
	roomWithin  = 2 * time.Second
	// answered is how many rejections an answer lists.
	answered = 100
)

// httpIngest takes in samples over HTTP.
type httpIngest struct {
	in      *intake
	access  *access
	log     *slog.Logger
	name    string // <instance>/<boot>
	push    *push.Push
	count   atomic.Uint64
	readers sync.Pool
}

// serve listens on addr until ctx is done, and lets requests under way finish.
func (h *httpIngest) serve(ctx context.Context, addr string, say func(string)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("HTTP ingest (--collector-listen): %w", err)
	}
	server := &http.Server{Handler: h.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 45 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn)}
	say("Metrics over HTTP: POST http://" + listener.Addr().String() + "/v1/metrics")
	var wg sync.WaitGroup
	failed := make(chan error, 1)
	wg.Go(func() { failed <- server.Serve(listener) })
	defer wg.Wait()
	select {
	case err := <-failed:
		return fmt.Errorf("HTTP ingest: %w", err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin+2*time.Second)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		_ = server.Close()
	}
	return nil
}

func (h *httpIngest) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", explain)
	mux.HandleFunc("POST /v1/metrics", h.post)
	mux.HandleFunc("POST /v1/events", func(w http.ResponseWriter, req *http.Request) {
		if !strings.Contains(req.Header.Get("Content-Type"), "protobuf") {
			req.Header.Set("Content-Type", "application/json") // an event has no other form, so what is wrong is told of this one
		}
		h.post(w, req)
	})
	if h.push != nil {
		h.push.Register(mux)
	}
	return mux
}

func explain(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, `Parley's collector takes in metrics here.

POST /v1/metrics with one of
  Content-Type: application/json          {"name":"orders.pending","labels":{"service":"checkout"},"value":12}, or an array of them
  Content-Type: text/plain                orders,service=checkout pending=12   (Influx line protocol, many lines)
  Content-Type: application/x-protobuf    parley.metrics.v1.Samples

POST /v1/events with events of other systems, for policies to look at; they may stand among metrics in JSON, too
  Content-Type: application/json          {"event":"deploy.failed","level":"error","source":"ci","message":"exit 1","labels":{"service":"checkout"},"id":"run-4711"}

"level" is debug, info (the default), warning, error or critical; an event with an id that was seen is not counted again.
"ts" is milliseconds since 1970 or RFC 3339; without it, now. Up to 1 MiB; Content-Encoding: gzip is understood.
The answer comes when the samples are stored: {"accepted":1,"rejected":[]}.
Authorization: Bearer <token> says which team sends (--collector-http-tokens).

POST /aws/firehose  CloudWatch metric streams (--collector-aws-firehose-key)
POST /aws/sns       CloudWatch alarms (--collector-aws-sns-topics)
`)
}

// answer is what a client is told.
type answer struct {
	Accepted int        `json:"accepted"`
	Rejected []rejected `json:"rejected"`
	// More is how many rejections are not listed.
	More  int    `json:"rejected_more,omitempty"`
	Error string `json:"error,omitempty"`
}

type rejected struct {
	Index  *int   `json:"index,omitempty"`
	Line   int    `json:"line,omitempty"`
	Reason string `json:"reason"`
}

func (h *httpIngest) post(w http.ResponseWriter, req *http.Request) {
	team, err := h.access.team(req)
	if err == nil {
		var body []byte
		if body, err = readBody(w, req); err == nil {
			var a answer
			if a, err = h.take(req.Context(), team, req.Header, body); err == nil {
				status := http.StatusOK
				if a.Accepted == 0 && len(a.Rejected) > 0 {
					status = http.StatusBadRequest
				}
				reply(w, status, a)
				return
			}
		}
	}
	var no *refusal
	if !errors.As(err, &no) {
		no = &refusal{http.StatusServiceUnavailable, "not stored yet, send it again: " + err.Error()}
		h.log.Warn("metrics over HTTP are not stored in time", "err", err)
	}
	switch no.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="parley"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "2")
	}
	h.in.met.refused.WithLabelValues(strconv.Itoa(no.status)).Inc()
	reply(w, no.status, answer{Rejected: []rejected{}, Error: no.text})
}

// take stores the samples of a body and returns when they are.
func (h *httpIngest) take(ctx context.Context, team string, header http.Header, body []byte) (answer, error) {
	reader, ok := h.readers.Get().(*ingest.Reader)
	if !ok {
		reader = h.in.reader()
	}
	defer h.readers.Put(reader)
	now := time.Now()
	result := reader.Read(ingest.Message{Team: team, ContentType: header.Get("Content-Type"), Body: body, Stored: now})
	h.in.met.took("http", result)

	stored := make(chan error, 1)
	letter := func() deadletter.Letter {
		l := deadletter.Letter{Team: team, ID: "dlq/http/" + h.name + "/" + strconv.FormatUint(h.count.Add(1), 10), Reason: ingest.Reasons(result.Rejected),
			Body: body, Subject: string(bus.CustomMetrics(team, "http")), Time: now, Header: map[string][]string{}}
		if t := header.Get("Content-Type"); t != "" {
			l.Header["Content-Type"] = []string{t}
		}
		return l
	}
	room, cancel := context.WithTimeout(ctx, roomWithin)
	defer cancel()
	h.in.store(room, result, len(body), letter, func(err error) { stored <- err })
	late := time.NewTimer(storeWithin)
	defer late.Stop()
	select {
	case err := <-stored:
		if errors.Is(err, context.DeadlineExceeded) {
			return answer{}, &refusal{http.StatusTooManyRequests, "too much is waiting to be stored, send it again later"}
		}
		if err != nil {
			return answer{}, err
		}
	case <-late.C:
		return answer{}, fmt.Errorf("the bus did not take it within %s", storeWithin)
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	return answerOf(result), nil
}

func answerOf(r *ingest.Result) answer {
	a := answer{Accepted: len(r.Samples), Rejected: []rejected{}}
	for i, x := range r.Rejected {
		if i == answered {
			a.More = len(r.Rejected) - answered
			break
		}
		out := rejected{Line: x.Line, Reason: x.Reason}
		if x.Line == 0 {
			index := max(x.Index, 0)
			out.Index = &index
		}
		a.Rejected = append(a.Rejected, out)
	}
	return a
}

// readBody returns the body, unpacked.
func readBody(w http.ResponseWriter, req *http.Request) ([]byte, error) {
	var from io.Reader = http.MaxBytesReader(w, req.Body, maxRequest)
	limit := int64(maxRequest)
	switch encoding := strings.ToLower(req.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(from)
		if err != nil {
			return nil, &refusal{http.StatusBadRequest, "the body is not gzip, as its Content-Encoding says"}
		}
		defer z.Close()
		from, limit = z, maxUnpacked
	default:
		return nil, &refusal{http.StatusUnsupportedMediaType, fmt.Sprintf("Content-Encoding %.40q: want gzip or none", encoding)}
	}
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge), int64(len(body)) > limit:
		return nil, &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is too large: at most %d bytes, %d unpacked", maxRequest, maxUnpacked)}
	case err != nil:
		return nil, &refusal{http.StatusBadRequest, "the body cannot be read"}
	}
	return body, nil
}

func reply(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // the client is gone; nothing to tell it
}
