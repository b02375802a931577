package main

import (
	"regexp"
	"strconv"
	"sync/atomic"
	"time"
)

// seen notes when something was first heard of each series.
type seen struct {
	first []atomic.Int64 // unix ns
	count atomic.Int64
}

func newSeen(series int) *seen { return &seen{first: make([]atomic.Int64, series)} }

// at notes that series i was heard of; later times change nothing.
func (s *seen) at(i int, t time.Time) {
	if i >= 0 && i < len(s.first) && s.first[i].CompareAndSwap(0, t.UnixNano()) {
		s.count.Add(1)
	}
}

// host notes the series with this host label.
func (s *seen) host(h string, t time.Time) {
	if len(h) == len("host-0000000") && h[:5] == "host-" {
		if i, err := strconv.Atoi(h[5:]); err == nil {
			s.at(i, t)
		}
	}
}

var hosts = regexp.MustCompile(`host-\d{7}`)

// text notes every host that is named in a text.
func (s *seen) text(b []byte, t time.Time) {
	for _, h := range hosts.FindAll(b, -1) {
		s.host(string(h), t)
	}
}

// since returns how many ms after `from` each of the series was heard of, and
// how many were not.
func (s *seen) since(from []atomic.Int64, series []int) (ms []float64, missing int) {
	for _, i := range series {
		got, began := s.first[i].Load(), from[i].Load()
		if got == 0 || began == 0 {
			missing++
			continue
		}
		ms = append(ms, float64(got-began)/1e6)
	}
	return ms, missing
}

// all reports whether every one of the series was heard of.
func (s *seen) all(series []int) bool {
	for _, i := range series {
		if s.first[i].Load() == 0 {
			return false
		}
	}
	return true
}

// lastOf returns when the last of the series was heard of, and how many were
// not.
func lastOf(s *seen, series []int) (last int64, missing int) {
	for _, i := range series {
		at := s.first[i].Load()
		if at == 0 {
			missing++
		}
		last = max(last, at)
	}
	return last, missing
}

// firstOf returns when the first of the series happened.
func firstOf(times []atomic.Int64, series []int) (first int64) {
	for _, i := range series {
		if at := times[i].Load(); at > 0 && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// lastSent returns when the last of the series happened.
func lastSent(times []atomic.Int64, series []int) (last int64) {
	for _, i := range series {
		last = max(last, times[i].Load())
	}
	return last
}
