package main

import (
	"encoding/json"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// sink takes alerts as an Alertmanager does (POST /api/v2/alerts), which is
// what Prometheus and the floor send.
type sink struct {
	addr     string
	requests atomic.Int64
	server   *http.Server
}

func newSink(heard *seen) (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{addr: l.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v2/alerts", func(rw http.ResponseWriter, r *http.Request) {
		now := time.Now()
		s.requests.Add(1)
		var alerts []struct {
			Labels map[string]string `json:"labels"`
			EndsAt time.Time         `json:"endsAt"`
		}
		if err := json.NewDecoder(r.Body).Decode(&alerts); err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		for _, a := range alerts {
			if a.EndsAt.IsZero() || a.EndsAt.After(now) {
				heard.host(a.Labels["host"], now)
			}
		}
	})
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(l) }() // ends with close
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }
