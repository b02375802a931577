package incident

import (
	"math"
	"time"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/maintenance"
)

// window is a maintenance window as the log told of it. A sample measured while
// one is open that matches its resource is kept and judged, and teaches nothing.
type window struct {
	m        *eventv1.Maintenance
	matchers label.Matchers
	// From `from` on, in ms, the span that ends next is this one: what was looked
	// up last is kept, since most samples ask for about the same time.
	from, start, end int64
}

// maintenance puts windows in the place of those before.
func (s *State) maintenance(c *eventv1.MaintenanceChanged) {
	s.putWindows(c.GetWindows())
	for i := range s.series {
		if x := &s.series[i]; x.id != 0 && x.res.series[0] == uint32(i) {
			x.res.windows = s.windowsOf(x.res.labels())
		}
	}
}

func (s *State) putWindows(all []*eventv1.Maintenance) {
	all = all[:min(len(all), math.MaxUint16)]
	s.windows, s.planned = nil, WindowsDigest(&eventv1.MaintenanceChanged{Windows: all})
	for _, m := range all {
		matchers, _ := label.MatchersFromProto(m.GetMatchers()) // with an error, it is never open
		s.windows = append(s.windows, window{m: m, matchers: matchers})
	}
}

// windowsOf returns which windows match labels.
func (s *State) windowsOf(labels label.Set) []uint16 {
	var found []uint16
	for k := range s.windows {
		if s.windows[k].matchers.Match(labels) {
			found = append(found, uint16(k))
		}
	}
	return found
}

// teaches reports whether a sample of a resource that was measured at a time is
// one to learn from.
func (s *State) teaches(r *resource, at int64) bool {
	for _, k := range r.windows {
		if s.windows[k].open(at) {
			return false
		}
	}
	return true
}

// open reports whether the window is open at a time.
func (w *window) open(at int64) bool {
	if at < w.from || at >= w.end {
		w.from, w.start, w.end = at, math.MaxInt64, math.MaxInt64
		if span, ok := maintenance.At(w.m, time.UnixMilli(at)); ok {
			w.start, w.end = span.Start.UnixMilli(), span.End.UnixMilli()
		}
		if ended := w.m.GetEndedAt(); ended != nil && at < ended.AsTime().UnixMilli() {
			w.end = min(w.end, ended.AsTime().UnixMilli())
		}
	}
	return at >= w.start && at < w.end
}

// unlearned names the window that kept the series' newest sample from being
// learned; "" if none did. It changes nothing, for readers beside each other.
func (s *State) unlearned(x *series) string {
	for _, k := range x.res.windows {
		one := s.windows[k]
		if one.open(x.at) {
			return maintenance.Name(one.m)
		}
	}
	return ""
}

// Windows returns a digest of the windows in force: equal for equal windows.
func (s *State) Windows() uint64 { return s.planned }

// WindowsDigest returns what [State.Windows] will be when these are in force.
func WindowsDigest(c *eventv1.MaintenanceChanged) uint64 {
	if len(c.GetWindows()) == 0 {
		return 0
	}
	data, _ := proto.MarshalOptions{Deterministic: true}.Marshal(c) // a window that cannot be marshalled cannot have come
	return xxhash.Sum64(data)
}

func (s *State) writeWindows(w *writer) {
	w.num(uint64(len(s.windows)))
	for k := range s.windows {
		data, _ := proto.MarshalOptions{Deterministic: true}.Marshal(s.windows[k].m) // it came by the wire
		w.bytes(data)
	}
}

func (s *State) readWindows(r *parser) {
	var all []*eventv1.Maintenance
	for range r.count(1) {
		m := &eventv1.Maintenance{}
		if proto.Unmarshal(r.bytes(), m) != nil {
			r.fail()
			return
		}
		all = append(all, m)
	}
	s.putWindows(all)
}
