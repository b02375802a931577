package poll

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// state is what is known of a target's metrics. It is what a position holds.
type state struct {
	tracks  map[uint64]*track
	settles map[string]*settle // by namespace and resolution
}

func newState() *state { return &state{tracks: map[uint64]*track{}, settles: map[string]*settle{}} }

// track is what was read of one query, or computed for one derived metric.
type track struct {
	// asked is when an answer came last, through until when buckets were looked
	// at (exclusive); Unix seconds, 0 is never.
	asked, through int64
	// points of late, by time.
	points []point
}

// point is one bucket as it was published.
type point struct {
	at       int64 // beginning of the bucket, Unix seconds
	value    float64
	revision uint32
}

// find returns where the bucket is or would be.
func (t *track) find(at int64) (int, bool) {
	return slices.BinarySearchFunc(t.points, at, func(p point, at int64) int { return cmp.Compare(p.at, at) })
}

// put notes a bucket's value. It returns the revision to publish and true, or
// false if that is what is known already.
func (t *track) put(at int64, v float64) (revision uint32, news bool) {
	i, ok := t.find(at)
	if !ok {
		t.points = slices.Insert(t.points, i, point{at: at, value: v})
		return 0, true
	}
	p := &t.points[i]
	if math.Float64bits(p.value) == math.Float64bits(v) {
		return 0, false
	}
	p.value = v
	p.revision++
	return p.revision, true
}

// forget drops the buckets before from.
func (t *track) forget(from int64) {
	i, _ := t.find(from)
	t.points = slices.Delete(t.points, 0, i)
}

// settle is how long a namespace's buckets need until they are as they stay.
type settle struct {
	wait       time.Duration
	good, late int
}

// Bounds of settling. The lower are what AWS' own dashboards need, the upper is
// what the slowest exporters wait by default (600 s).
const (
	settleMinute = 2 * time.Minute // for resolutions up to a minute
	settleLonger = 5 * time.Minute // for longer ones
	settleMost   = 10 * time.Minute
)

// least is where settling begins, and does not go below.
func least(period time.Duration) time.Duration {
	if period <= time.Minute {
		return settleMinute
	}
	return settleLonger
}

// saw counts buckets: those that were there when they should have been, and
// those that came, or changed, later. Much that is late makes the wait longer,
// by half a minute at a time; if nothing was for long it gets shorter.
func (s *settle) saw(good, late int, period time.Duration) {
	s.good, s.late = s.good+good, s.late+late
	switch all := s.good + s.late; {
	case all >= 50 && s.late*50 > all: // more than 2 %
		s.wait = min(s.wait+30*time.Second, settleMost)
	case all >= 1000 && s.late == 0:
		s.wait = max(s.wait-30*time.Second, least(period))
	case all < 1000:
		return
	}
	s.good, s.late = 0, 0
}
