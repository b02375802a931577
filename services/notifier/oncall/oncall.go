package oncall

import (
	"slices"
	"time"
)

// Rotation is people who take turns.
type Rotation struct {
	Name string
	Zone *time.Location
	// Layers: the last that applies counts.
	Layers []Layer
	// Overrides win over layers; the last that applies counts.
	Overrides []Override
}

// Layer is one turn-taking.
type Layer struct {
	Members []string
	// Starts is the first handoff, to the first member.
	Starts time.Time
	// Every is how long a shift is.
	Every Span
	// From, To are minutes of the day in which the layer applies, To at or before
	// From meaning of the next day; both 0: all day.
	From, To int
	// Days on which that begins: bit 0 is Sunday; 0 is every day.
	Days uint8
}

// Span is whole days by the calendar, or hours that divide a day.
type Span struct{ Days, Hours int }

// Override puts somebody in the place of whoever has the shift.
type Override struct {
	ID    string    `json:"id,omitempty"`
	Who   string    `json:"who"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	By    string    `json:"by,omitempty"`
}

// Shift is one person's time.
type Shift struct {
	Who         string
	From, Until time.Time
	// Override is set if that is why.
	Override *Override
}

// With returns the rotation with further overrides.
func (r Rotation) With(more []Override) Rotation {
	r.Overrides = append(slices.Clone(r.Overrides), more...)
	return r
}

// At returns who is on call at a time and until when; Who is "" if nobody is.
// Until is at most horizon later.
func (r Rotation) At(t time.Time) Shift {
	s := r.now(t)
	s.From = t
	// It lasts until something changes: looked for at every edge that may.
	end := t.Add(horizon)
	for at := r.edge(t); at.Before(end); at = r.edge(at) {
		if n := r.now(at); n.Who != s.Who || (n.Override == nil) != (s.Override == nil) {
			s.Until = at
			return s
		}
	}
	s.Until = end
	return s
}

// Next returns the shift after the one of t: with another person.
func (r Rotation) Next(t time.Time) Shift {
	s := r.At(t)
	next := r.At(s.Until)
	for i := 0; i < 10 && next.Who == s.Who && next.Until.After(s.Until); i++ {
		next = r.At(next.Until)
	}
	return next
}

// horizon is how far a shift is looked for.
const horizon = 60 * 24 * time.Hour

func (r Rotation) now(t time.Time) Shift {
	for i := len(r.Overrides) - 1; i >= 0; i-- {
		if o := r.Overrides[i]; !t.Before(o.From) && t.Before(o.Until) {
			return Shift{Who: o.Who, Override: &o}
		}
	}
	for i := len(r.Layers) - 1; i >= 0; i-- {
		if l := r.Layers[i]; l.applies(t, r.Zone) {
			if who := l.member(t, r.Zone); who != "" {
				return Shift{Who: who}
			}
		}
	}
	return Shift{}
}

// edge returns the first time after t at which something may change.
func (r Rotation) edge(t time.Time) time.Time {
	next := t.Add(horizon)
	take := func(at time.Time) {
		if at.After(t) && at.Before(next) {
			next = at
		}
	}
	for _, o := range r.Overrides {
		take(o.From)
		take(o.Until)
	}
	local := t.In(r.Zone)
	for _, l := range r.Layers {
		_, end := l.shift(t, r.Zone)
		take(end)
		take(l.Starts)
		if l.From == 0 && l.To == 0 && l.Days == 0 {
			continue
		}
		for day := range 3 {
			for _, minutes := range []int{l.From, l.To, 0} {
				take(time.Date(local.Year(), local.Month(), local.Day()+day, 0, minutes, 0, 0, r.Zone))
			}
		}
	}
	return next
}

// member returns whose shift it is.
func (l Layer) member(t time.Time, zone *time.Location) string {
	if len(l.Members) == 0 || t.Before(l.Starts) {
		return ""
	}
	n, _ := l.shift(t, zone)
	return l.Members[n%len(l.Members)]
}

// shift returns the number of the shift that t is in and when it ends. Before
// the first it is 0.
func (l Layer) shift(t time.Time, zone *time.Location) (n int, end time.Time) {
	if t.Before(l.Starts) || l.Every == (Span{}) {
		return 0, l.Starts
	}
	length := time.Duration(l.Every.Days)*24*time.Hour + time.Duration(l.Every.Hours)*time.Hour
	n = max(int(t.Sub(l.Starts)/length)-1, 0) // clocks that change make it at most one more
	for end = l.begin(n+1, zone); !t.Before(end); end = l.begin(n+1, zone) {
		n++
	}
	return n, end
}

// begin returns when shift n begins by the zone's clocks.
func (l Layer) begin(n int, zone *time.Location) time.Time {
	s := l.Starts.In(zone)
	return time.Date(s.Year(), s.Month(), s.Day()+n*l.Every.Days, s.Hour()+n*l.Every.Hours, s.Minute(), 0, 0, zone)
}

// applies reports whether the layer is for this time of the week.
func (l Layer) applies(t time.Time, zone *time.Location) bool {
	local := t.In(zone)
	on := func(days int) bool { return l.Days == 0 || l.Days&(1<<((int(local.Weekday())+7+days)%7)) != 0 }
	if l.From == 0 && l.To == 0 {
		return on(0)
	}
	for _, day := range []int{-1, 0} {
		days := day
		if l.To <= l.From {
			days++
		}
		from := time.Date(local.Year(), local.Month(), local.Day()+day, 0, l.From, 0, 0, zone)
		end := time.Date(local.Year(), local.Month(), local.Day()+days, 0, l.To, 0, 0, zone)
		if on(day) && !t.Before(from) && t.Before(end) {
			return true
		}
	}
	return false
}
