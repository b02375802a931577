package verify

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"

	"github.com/parley-ops/parley/services/internal/unit"
)

// Quiet is what was found out about a metric that is to fall silent.
type Quiet struct {
	Metric string
	// For is how long it has to be silent.
	For time.Duration
	// Series are those of the resource, from before the run until now.
	Series []*eventv1.SeriesHistory
	// Over: the incident is over by its own recovery.
	Over bool
	// Due: there is no more time to wait.
	Due bool
}

// Silence returns the verdict on a run that stopped something, or nil while it
// is too early for one. What stopped sends no more samples: that is success,
// not a lack of data.
func Silence(run *eventv1.RunChanged, q Quiet, now time.Time) *eventv1.Verification {
	done := run.GetFinishedAt().AsTime()
	last, series := newest(q.Series)
	quiet := now.Sub(done)
	if last.After(done) {
		quiet = now.Sub(last)
	}
	v := &eventv1.Verification{At: timestamppb.New(now), After: durationpb.New(max(now.Sub(done), 0))}
	what := samples(q.Metric)
	switch {
	case quiet >= q.For && !last.IsZero():
		v.Effect, v.Text = eventv1.Effect_EFFECT_RECOVERED, fmt.Sprintf("stopped: no %s for %s", what, unit.Duration(quiet))
		v.Silent, v.Unit = series.GetSeries(), series.GetUnit()
	case quiet >= q.For && q.Over:
		v.Effect, v.Text = eventv1.Effect_EFFECT_RECOVERED, "stopped: what was found is no more, after "+unit.Duration(quiet)
	case !q.Due:
		return nil
	case last.After(done):
		v.Effect, v.Text = eventv1.Effect_EFFECT_NONE, fmt.Sprintf("not silent: %s still came %s ago; is it running again?", what, unit.Duration(now.Sub(last)))
		return v
	default:
		v.Effect, v.Text = eventv1.Effect_EFFECT_NOT_MEASURABLE, fmt.Sprintf("stopped, as AWS says; there were no %s before either, so nothing falls silent", what)
	}
	if s := saves(run.GetSavingUsdPerHour()); s != "" {
		v.Text += "; " + s
	}
	return v
}

// samples names the samples of a metric: "cpu utilization samples".
func samples(metric string) string {
	return strings.ReplaceAll(metric[strings.LastIndex(metric, ".")+1:], "_", " ") + " samples"
}

// hoursPerMonth is what AWS' own calculators take for a month.
const hoursPerMonth = 730

func saves(usdPerHour float64) string {
	if usdPerHour <= 0 {
		return ""
	}
	return fmt.Sprintf("saves about $%.0f a month at list price", usdPerHour*hoursPerMonth)
}

// newest returns the time of the newest sample, and of which series it is.
func newest(list []*eventv1.SeriesHistory) (last time.Time, of *eventv1.SeriesHistory) {
	for _, h := range list {
		if n := len(h.GetTimeUnixMs()); n > 0 {
			if at := time.UnixMilli(h.GetTimeUnixMs()[n-1]); at.After(last) {
				last, of = at, h
			}
		}
	}
	return last, of
}
