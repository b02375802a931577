package world

import "time"

// Delivery is how late points can be read, and how they change afterwards. The
// zero value of a field is the default for the metric's period.
type Delivery struct {
	Delay        time.Duration `json:"delay"`         // from the end of a point to when it is visible; negative: none
	LateShare    float64       `json:"late_share"`    // of points (0 to 1) that come LateBy later than that
	LateBy       time.Duration `json:"late_by"`       //
	Revisions    int           `json:"revisions"`     // how often a point changes after it became visible
	RevisedAfter time.Duration `json:"revised_after"` // between two revisions
}

// SetDelivery sets how points of a namespace ("" is all others) arrive in a region of an account.
func (w *World) SetDelivery(k Key, namespace string, d Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.place(k)
	if p.delivery == nil {
		p.delivery = map[string]Delivery{}
	}
	p.delivery[namespace] = d
}

// delays of real services, which are about two minutes for metrics of a minute
func (d Delivery) delay(period int64) int64 {
	switch {
	case d.Delay < 0:
		return 0
	case d.Delay > 0:
		return int64(d.Delay / time.Second)
	case period >= 86400:
		return 3600
	case period >= 300:
		return 60
	}
	return 45
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
		delay := p.deliveryOf(s.Namespace).delay(s.period)
		last := floor(now-delay, s.period) - s.period
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
	delay := d.delay(s.period)
	begin, end := floor(from.Unix(), s.period), to.Unix()
	if begin < from.Unix() {
		begin += s.period
	}
	begin, end = max(begin, w.oldest), min(end, now-delay)
	if begin >= end {
		return nil
	}
	out := make([]Bucket, 0, min((end-begin)/max(step, s.period)+1, 1<<20))
	current := int64(-1)
	for at := begin; at < end; at += s.period {
		if at+s.period+delay > now || s.life != nil && !s.life.running(at+s.period/2) {
			continue
		}
		dice := mix(s.hash ^ w.seed ^ uint64(at)*0x9e3779b97f4a7c15)
		v, ok := s.gen(at, dice)
		if !ok {
			continue
		}
		if v, ok = d.arrived(v, dice, now-(at+s.period+delay)); !ok {
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

func floor(at, period int64) int64 {
	if r := at % period; r < 0 {
		return at - r - period
	} else {
		return at - r
	}
}
