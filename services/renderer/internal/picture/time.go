package picture

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// spans are the lengths of time that pictures show.
var spans = []time.Duration{
	10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour,
}

// least is the shortest time shown of an incident, if there is history.
const least = 30 * time.Minute

// Window returns what time a picture of an incident shows: at least as much
// before it began as since, up to the change.
func Window(change *eventv1.IncidentChanged) (from, to time.Time) {
	to = instant(change.GetAt())
	began := instant(change.GetBeganAt())
	over := change.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED
	for _, c := range change.GetConditions() {
		if since := instant(c.GetSince()); (c.GetHolds() || over) && !since.IsZero() && since.Before(began) {
			began = since
		}
	}
	if began.IsZero() || began.After(to) {
		began = to
	}
	return since(began, to), to
}

// since returns from when on a picture shows what began then.
func since(began, to time.Time) time.Time {
	want := max(2*to.Sub(began), least)
	for _, s := range spans {
		if s >= want {
			return to.Add(-s)
		}
	}
	return to.Add(-spans[len(spans)-1])
}

// Reach returns what time may be of interest for a picture of an incident: how
// much of it is shown is known when the samples are.
func Reach(change *eventv1.IncidentChanged) (from, to time.Time) {
	to = instant(change.GetAt())
	return to.Add(-spans[len(spans)-1]), to
}

// usual is how many samples a picture shows at least, if there are as many: of
// what is measured by the hour half an hour says nothing.
const usual = 24

// widen moves the beginning of what is shown back to where the values passed the
// limit, as far as they did without a break before the policy looked, and to as
// many samples as a picture usually has.
func widen(from, to time.Time, breach *chart.Span, mark *chart.Threshold, points []series.Point) time.Time {
	gap := series.MaxGap(points)
	if mark != nil && !mark.Neutral {
		for i := len(points) - 1; i >= 0; i-- {
			p := points[i]
			if p.At.After(breach.From) {
				continue
			}
			beyond := p.Value > mark.Value
			if mark.Below {
				beyond = p.Value < mark.Value
			}
			if !beyond || gap > 0 && i+1 < len(points) && points[i+1].At.Sub(p.At) > gap {
				break
			}
			breach.From = p.At
		}
		if at := since(breach.From, to); at.Before(from) {
			from = at
		}
	}
	if n := len(points); n > 0 {
		if at := since(to.Add(-to.Sub(points[max(0, n-usual)].At)/2), to); at.Before(from) {
			from = at
		}
	}
	return from
}

// silentBefore is how much is shown before what was stopped fell silent: such
// series have a sample in some minutes.
const silentBefore = time.Hour

// RunWindow returns what time a picture of a run's effect shows: as much before
// as after, at least five minutes of each, if there is history.
func RunWindow(run *eventv1.RunChanged) (from, done, to time.Time) {
	done = instant(run.GetFinishedAt())
	if done.IsZero() {
		done = instant(run.GetStartedAt())
	}
	to = instant(run.GetVerification().GetAt())
	if to.Before(done) {
		to = done
	}
	least := 5 * time.Minute
	if run.GetVerification().GetSilent() != nil {
		least = silentBefore
	}
	return done.Add(-max(to.Sub(done), least)), done, to
}

// begin moves the beginning of a time to the first sample, so that a series
// that is young does not stand in an empty picture.
func begin(from, to time.Time, points []series.Point) time.Time {
	if len(points) == 0 || !points[0].At.After(from) {
		return from
	}
	if first := points[0].At; to.Sub(first) >= time.Minute {
		return first
	}
	return to.Add(-time.Minute)
}

func stamp(t time.Time) *timestamppb.Timestamp { return timestamppb.New(t) }

// instant returns the time of a timestamp, zero if there is none.
func instant(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
