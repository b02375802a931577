package world

import (
	"math"
	"time"
)

// Delivery is how late points can be read, and how they change afterwards. The
// zero value of a field is the default for the metric's period.
type Delivery struct {
	Delay        time.Duration `json:"delay"`         // from the end of a point to when it is visible, for all alike; negative: none
	LateShare    float64       `json:"late_share"`    // of points (0 to 1) that come LateBy later than that
	LateBy       time.Duration `json:"late_by"`       //
	Revisions    int           `json:"revisions"`     // how often a point changes after it became visible
	RevisedAfter time.Duration `json:"revised_after"` // between two revisions
}

// SetDelivery sets how points of a namespace ("" is all others) arrive in a region of
// an account; the zero Delivery is that of all others again.
func (w *World) SetDelivery(k Key, namespace string, d Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.place(k)
	if p.delivery == nil {
		p.delivery = map[string]Delivery{}
	}
	if p.delivery[namespace] = d; d == (Delivery{}) {
		delete(p.delivery, namespace) // as all others
	}
}

// delay is how many seconds a point comes after its end. Real services need one to
// two and a half minutes; which, is told by dice.
func (d Delivery) delay(period int64, dice uint64) int64 {
	switch {
	case d.Delay < 0:
		return 0
	case d.Delay > 0:
		return int64(d.Delay / time.Second)
	case period >= 86400:
		return 3600
	}
	return soonest + int64(mix(dice^0xde1a)%(latest-soonest+1))
}

const (
	soonest, latest = 60, 150 // seconds from the end of a point
	settled         = 110     // seconds that a point may take and yet be seen while it fills
)

// filling is what can be seen of a point that is not complete, this many seconds
// before it is: of services that count many samples, and from half its period on.
func (d Delivery) filling(v point, period, delay, left int64) (point, bool) {
	if d.Delay != 0 || v.count < 2 || delay > settled || left > period/2+delay-soonest/2 {
		return v, false
	}
	share := 1 - float64(left)/float64(period+delay)
	n := max(1, math.Floor(v.count*share))
	v.sum *= n / v.count
	v.count = n
	return v, true
}

// Metrics lists every metric that has or had points, of running and stopped resources.
func (w *World) Metrics(k Key) []Listed {
	now := w.Now().Unix()
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	if p == nil {
		return nil
	}
	list := make([]Listed, 0, len(p.series))
	for _, s := range p.series {
		d := p.deliveryOf(s.Namespace)
		last := floor(now, s.period) - s.period
		for last+s.period+d.delay(s.period, s.dice(w.seed, last)) > now {
			last -= s.period
		}
		if s.life != nil {
			last = s.life.lastPoint(last, s.period)
		}
		l := Listed{Metric: s.Metric, Unit: s.unit, Period: time.Duration(s.period) * time.Second}
		if last > 0 {
			l.Last = time.Unix(last, 0).UTC()
		}
		list = append(list, l)
	}
	return list
}

// Unit is the metric's unit and its native period; ok is false for one that is not there.
func (w *World) Unit(k Key, m Metric) (unit string, period time.Duration, ok bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	s := w.places[k].find(m)
	if s == nil {
		return "", 0, false
	}
	return s.unit, time.Duration(s.period) * time.Second, true
}

// Points returns the metric's buckets in [from, to) that can be seen now, the oldest
// first, each of the given period (whole seconds, at least one) and starting at a
// multiple of it. Buckets without a point are left out; one that still fills has what
// arrived so far. A metric that is not there has none.
func (w *World) Points(k Key, m Metric, from, to time.Time, period time.Duration) []Bucket {
	now := w.Now().Unix()
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	s := p.find(m)
	step := int64(period / time.Second)
	if s == nil || step < 1 {
		return nil
	}
	d := p.deliveryOf(s.Namespace)
	begin, end := floor(from.Unix(), s.period), to.Unix()
	if begin < from.Unix() {
		begin += s.period
	}
	begin, end = max(begin, w.oldest), min(end, now)
	if begin >= end {
		return nil
	}
	out := make([]Bucket, 0, min((end-begin)/max(step, s.period)+1, 1<<20))
	current := int64(-1)
	for at := begin; at < end; at += s.period {
		if s.life != nil && !s.life.running(at+s.period/2) {
			continue
		}
		dice := s.dice(w.seed, at)
		v, ok := s.gen(at, dice)
		if !ok {
			continue
		}
		delay := d.delay(s.period, dice)
		if age := now - (at + s.period + delay); age >= 0 {
			v, ok = d.arrived(v, dice, age)
		} else {
			v, ok = d.filling(v, s.period, delay, -age)
		}
		if !ok {
			continue
		}
		if start := floor(at, step); start != current {
			current = start
			out = append(out, Bucket{Start: time.Unix(start, 0).UTC()})
		}
		out[len(out)-1].add(v)
	}
	return out
}

// arrived is what can be seen of a point this many seconds after its ordinary
// arrival: nothing if it is one of the late ones, less than all before its last revision.
func (d Delivery) arrived(v point, dice uint64, age int64) (point, bool) {
	if d.LateShare > 0 && unit(mix(dice)) < d.LateShare {
		if age -= int64(d.LateBy / time.Second); age < 0 {
			return v, false
		}
	}
	if d.Revisions > 0 {
		missing := float64(d.Revisions)
		if each := max(int64(d.RevisedAfter/time.Second), 1); age >= 0 {
			missing -= float64(age / each)
		}
		if missing > 0 {
			share := 1 - 0.1*min(missing, 5)
			v.sum *= share
			v.min *= share
			v.max *= share
		}
	}
	return v, true
}

// dice are 64 bits of the series' point at a time.
func (s *series) dice(seed uint64, at int64) uint64 {
	return mix(s.hash ^ seed ^ uint64(at)*0x9e3779b97f4a7c15)
}

func floor(at, period int64) int64 {
	if r := at % period; r < 0 {
		return at - r - period
	} else {
		return at - r
	}
}
