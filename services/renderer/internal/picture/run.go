package picture

import (
	"math"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/series"
)

// RunWanted reports whether a change of a run comes with a picture: when its
// effect was looked at.
func RunWanted(run *eventv1.RunChanged) bool {
	return run.GetVerification() != nil && run.GetIncident().GetId() != "" && !run.GetDryRun()
}

// RunAsks returns what is needed for a picture of a run's effect: the series
// that fell silent, where that is the effect, else those of its incident.
func RunAsks(run *eventv1.RunChanged, from, to time.Time) []Ask {
	s := run.GetVerification().GetSilent()
	if s == nil {
		return Asks(run.GetIncident(), from, to)
	}
	return []Ask{{s.GetPartition(), &eventv1.HistoryQuery{SeriesId: []uint64{s.GetId()}, From: stamp(from), To: stamp(to), MaxSeries: 1}}}
}

// Run returns the picture of a metric before and after an action, and its text;
// false if there is nothing to show.
func Run(run *eventv1.RunChanged, history History, look Look) (spec chart.Spec, alt string, ok bool) {
	incident, v := run.GetIncident(), run.GetVerification()
	about := subject(incident, history.adopt(incident))
	if s := v.GetSilent(); s != nil {
		about = &eventv1.ConditionState{Metric: s.GetName(), Series: s, Unit: v.GetUnit()}
	}
	from, done, to := RunWindow(run)
	points := history.points(about, from, to)
	if _, any := series.Last(points); !any {
		return chart.Spec{}, "", false
	}
	what := capital(strings.NewReplacer("-", " ", "_", " ").Replace(run.GetAction()))
	compare := chart.Comparison{At: done, Before: math.NaN(), After: math.NaN()}
	measured := v.GetUnit() != "" || v.GetBefore() != 0 || v.GetNow() != 0
	if v.GetSilent() == nil && measured && v.GetEffect() != eventv1.Effect_EFFECT_NOT_MEASURABLE && v.GetEffect() != eventv1.Effect_EFFECT_UNSPECIFIED {
		compare.Before, compare.After = v.GetBefore(), v.GetNow()
	}
	spec = chart.Spec{
		Kind:  chart.KindVerify,
		Title: title(about.GetMetric(), incident.GetLabels(), about.GetSeries().GetLabels()), Subtitle: capital(v.GetText()),
		Unit: history.unit(about), From: begin(from, to, points), To: to, Location: look.Location, Theme: look.Theme,
		Series: []chart.Series{{Points: points}}, Marks: []chart.Mark{{At: done, Label: what}},
		Compare: &compare, Tone: effectTone(v.GetEffect()), Stopped: v.GetSilent() != nil,
	}
	if t := limit(about, tone(incident.GetSeverity())); t != nil {
		spec.Thresholds = []chart.Threshold{*t}
	}
	alt = chart.AltText(spec)
	if spec.Subtitle != "" {
		alt += ". " + spec.Subtitle
	}
	return spec, alt, true
}

func effectTone(e eventv1.Effect) chart.Tone {
	switch e {
	case eventv1.Effect_EFFECT_RECOVERED, eventv1.Effect_EFFECT_BETTER:
		return chart.ToneGood
	case eventv1.Effect_EFFECT_WORSE:
		return chart.ToneCritical
	case eventv1.Effect_EFFECT_NONE:
		return chart.ToneWarning
	}
	return chart.ToneInfo
}
