package world

// life is when a resource was in which state: the schedule that makes states take
// time without anything that ticks. Moments are sorted; the first is the beginning.
type life struct {
	Moments []Moment `json:"moments"`
}

// Moment is from when (Unix milliseconds) a resource is in a state, and whether it
// measures anything then.
type Moment struct {
	At    int64  `json:"at"`
	State string `json:"state"`
	On    bool   `json:"on,omitempty"`
}

// born is a life that began at a time (Unix seconds) in a state.
func born(at int64, state string, on bool) *life {
	return &life{Moments: []Moment{{at * 1000, state, on}}}
}

// at is the moment that holds at a time in Unix milliseconds, the first before the beginning.
func (l *life) at(ms int64) Moment {
	for i := len(l.Moments) - 1; i > 0; i-- {
		if l.Moments[i].At <= ms {
			return l.Moments[i]
		}
	}
	return l.Moments[0]
}

// running tells whether there are points at a time in Unix seconds.
func (l *life) running(at int64) bool {
	if at*1000 < l.Moments[0].At {
		return false
	}
	return l.at(at * 1000).On
}

// lastPoint is the newest start of a period, at or before last, with a point; 0 for none.
func (l *life) lastPoint(last, period int64) int64 {
	for i := len(l.Moments) - 1; i >= 0; i-- {
		m := l.Moments[i]
		if m.On && m.At/1000 <= last+period/2 {
			return last
		}
		last = min(last, floor(m.At/1000-period/2, period))
	}
	return 0
}

// enter appends moments, and forgets those that they replace.
func (l *life) enter(moments ...Moment) {
	for len(l.Moments) > 1 && l.Moments[len(l.Moments)-1].At > moments[0].At {
		l.Moments = l.Moments[:len(l.Moments)-1]
	}
	l.Moments = append(l.Moments, moments...)
	const most = 1000 // of which the oldest is forgotten, never the beginning
	if n := len(l.Moments) - most; n > 0 {
		l.Moments = append(l.Moments[:1], l.Moments[n+1:]...)
	}
}
