package poll

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/plan"
)

// answer is what one ask brought.
type answer struct {
	ask plan.Ask
	// values by beginning of the bucket, Unix seconds.
	values map[int64]float64
	// partial: there is more that did not come; what did counts.
	partial bool
}

// round is what a round's answers come to.
type round struct {
	state   *state
	plan    *plan.Plan
	now     time.Time // by this machine's clock
	clock   time.Time // by AWS'
	samples []batch.Sample
	lags    []time.Duration // of buckets seen for the first time
	revised int
	alive   map[uint64]life
	seen    map[*settle]*counts
}

// counts are buckets that were there in time, and those that came or changed
// later.
type counts struct {
	good, late int
	period     time.Duration
}

// life is for which time a resource is known to have been there.
type life struct {
	others   bool // metrics that say so are asked for
	from, to int64
}

// overlap is how far before the watermark buckets are looked at again.
func overlap(period time.Duration) time.Duration { return max(3*period, 15*time.Minute) }

// absorb brings answers into the state and returns the samples that come of it,
// in order of time within a series.
func absorb(st *state, p *plan.Plan, answers []answer, now, clock time.Time) *round {
	r := &round{state: st, plan: p, now: now, clock: clock, alive: map[uint64]life{}, seen: map[*settle]*counts{}}
	before := map[uint64]int64{} // watermarks
	for i := range answers {
		a := &answers[i]
		before[a.ask.Query.Key] = st.track(a.ask.Query.Key).through
		r.values(a)
	}
	for x, n := range r.seen { // once a round, however many series there are
		x.saw(n.good, n.late, n.period)
	}
	r.lives()
	for i := range answers {
		if a := &answers[i]; a.ask.Query.Missing == catalog.Zero && !a.partial {
			r.zeros(a, before[a.ask.Query.Key])
		}
	}
	for i := range answers {
		if a := &answers[i]; !a.partial {
			t := st.track(a.ask.Query.Key)
			t.asked = now.Unix()
			t.through = max(t.through, a.ask.To.Unix())
			t.forget(t.through - int64(overlap(a.ask.Query.Period).Seconds()))
		}
	}
	asked := make(map[uint64]bool, len(answers))
	for i := range answers {
		asked[answers[i].ask.Query.Key] = true
	}
	for _, d := range p.Derived {
		if slices.ContainsFunc(d.Inputs, func(in plan.DerivedInput) bool { return asked[in.Query] }) {
			r.derive(d)
		}
	}
	slices.SortStableFunc(r.samples, func(a, b batch.Sample) int { return cmp.Compare(a.UnixMS, b.UnixMS) })
	return r
}

func (s *state) track(key uint64) *track {
	t := s.tracks[key]
	if t == nil {
		t = &track{}
		s.tracks[key] = t
	}
	return t
}

// values notes the buckets that came.
func (r *round) values(a *answer) {
	q := a.ask.Query
	t := r.state.track(q.Key)
	period := int64(q.Period.Seconds())
	from, to := a.ask.From.Unix(), a.ask.To.Unix()
	var good, late int
	for _, at := range slices.Sorted(maps.Keys(a.values)) {
		v := a.values[at]
		if at < from || at+period > to || math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		revision, news := t.put(at, v)
		if !news {
			continue
		}
		switch {
		case revision > 0:
			r.revised++
			late++
		case t.through == 0: // the first look: nobody knows since when it was there
		case at < t.through:
			late++
			r.lags = append(r.lags, r.clock.Sub(time.Unix(at+period, 0)))
		default:
			good++
			r.lags = append(r.lags, r.clock.Sub(time.Unix(at+period, 0)))
		}
		r.sample(q.Series != nil, q, at, v, revision)
	}
	x := r.state.settle(q)
	if r.seen[x] == nil {
		r.seen[x] = &counts{period: q.Period}
	}
	r.seen[x].good += good
	r.seen[x].late += late
}

func (r *round) sample(wanted bool, q *plan.Query, at int64, v float64, revision uint32) {
	if wanted {
		r.samples = append(r.samples, batch.Sample{Series: q.Series, UnixMS: at * 1000, Value: v, Revision: revision})
	}
}

// settleKey is a namespace and a resolution.
func settleKey(q *plan.Query) string { return q.Namespace + "/" + q.Period.String() }

func (s *state) settle(q *plan.Query) *settle {
	key := settleKey(q)
	x := s.settles[key]
	if x == nil {
		x = &settle{wait: least(q.Period)}
		s.settles[key] = x
	}
	return x
}

// lives finds out for which time each resource is known to have been there:
// from the first to the last bucket of any of its metrics that measure a level.
func (r *round) lives() {
	for _, q := range r.plan.Queries {
		l := r.alive[q.Resource]
		if q.Missing != catalog.Zero {
			l.others = true
		}
		if t := r.state.tracks[q.Key]; t != nil {
			for _, p := range t.points {
				if q.Missing == catalog.Zero && p.value == 0 {
					continue // perhaps our own doing
				}
				if l.to == 0 || p.at < l.from {
					l.from = p.at
				}
				l.to = max(l.to, p.at+int64(q.Period.Seconds()))
			}
		}
		r.alive[q.Resource] = l
	}
}

// zeros fills in what has no point because nothing happened.
func (r *round) zeros(a *answer, through int64) {
	q := a.ask.Query
	t := r.state.track(q.Key)
	l := r.alive[q.Resource]
	period := int64(q.Period.Seconds())
	from, to := max(a.ask.From.Unix(), through), a.ask.To.Unix()
	if through == 0 && (l.to == 0 || !l.others) { // one zero is enough to begin with
		from = to - period
	}
	if l.others {
		if l.to == 0 {
			return
		}
		from, to = max(from, l.from), min(to, l.to)
		// A level that came late vouches for counts before the watermark too.
		from = min(from, max(l.from, a.ask.From.Unix()))
	}
	for at := from - from%period; at+period <= to; at += period {
		if at < from {
			continue
		}
		if _, ok := t.find(at); !ok {
			t.put(at, 0)
			r.sample(q.Series != nil, q, at, 0, 0)
		}
	}
}

// derive computes a derived metric for all buckets that its inputs have been
// looked at for.
func (r *round) derive(d *plan.Derived) {
	through, kept := int64(math.MaxInt64), int64(0)
	times := map[int64]bool{}
	for _, in := range d.Inputs {
		t := r.state.tracks[in.Query]
		if t == nil || t.through == 0 {
			return // not all were asked for yet
		}
		through, kept = min(through, t.through), max(kept, t.through)
		for _, p := range t.points {
			times[p.at] = true
		}
	}
	own := r.state.track(d.Key)
	// Where one input is forgotten, the others say nothing.
	from := kept - int64(overlap(d.Period).Seconds())
	values := make(map[string]float64, len(d.Inputs))
	for _, at := range slices.Sorted(maps.Keys(times)) {
		if at < from || at+int64(d.Period.Seconds()) > through {
			continue
		}
		clear(values)
		for _, in := range d.Inputs {
			t := r.state.tracks[in.Query]
			if i, ok := t.find(at); ok {
				values[in.Name] = t.points[i].value
			}
		}
		v, ok := d.Eval(d.Period, values)
		if !ok {
			continue
		}
		if revision, news := own.put(at, v); news {
			if revision > 0 {
				r.revised++
			}
			r.samples = append(r.samples, batch.Sample{Series: d.Series, UnixMS: at * 1000, Value: v, Revision: revision})
		}
	}
	own.asked, own.through = r.now.Unix(), max(own.through, through)
	own.forget(own.through - int64(overlap(d.Period).Seconds()))
}
