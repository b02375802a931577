package incident

import (
	"cmp"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// words fills in what the policy says: its summary, or some words of our own,
// and whom it asks.
func (s *State) words(g *group, c *eventv1.IncidentChanged, main *eventv1.ConditionState) {
	p := g.rule.p
	place := func(name string) string { return s.place(g, c, main, name) }
	c.Summary = sentence(main)
	if p.Summary.Text != "" {
		c.Summary = p.Summary.Fill(place)
	}
	for _, a := range p.Automatic {
		c.Automatic = append(c.Automatic, &eventv1.Automatic{Action: a.Action, After: durationpb.New(a.After), Times: uint32(a.Times), WhenSilenced: a.WhenSilenced})
	}
	if a := p.Ask; a != nil {
		c.Ask = &eventv1.Ask{Owner: strings.TrimSpace(a.Owner.FillOrNothing(place)), Question: a.Question.Fill(place),
			Within: durationpb.New(a.Within), Otherwise: a.Otherwise}
	}
}

// place returns what stands at one place of a policy's words; "" if there is
// nothing.
func (s *State) place(g *group, c *eventv1.IncidentChanged, main *eventv1.ConditionState, name string) string {
	p := g.rule.p
	number := func(v float64) string { return unit.Format(v, main.Unit) }
	switch name {
	case "value":
		return number(main.Value)
	case "threshold":
		if main.HasThreshold {
			return number(main.Threshold)
		}
		return ""
	case "until":
		if main.HasUntil {
			return number(main.Until)
		}
		return ""
	case "metric":
		return main.Metric
	case "condition":
		return main.Text
	case "peak":
		return number(main.Peak)
	case "before":
		if main.HasBefore {
			return number(main.Before)
		}
		return ""
	case "since":
		return c.BeganAt.AsTime().Format("15:04 MST")
	case "policy":
		return p.Name
	case "severity":
		return severityNames[p.Severity]
	case "team":
		return c.Team
	case "unit":
		return main.Unit
	case "note":
		return main.Note
	case "expected", "lower", "upper":
		if main.HasBand {
			return number(map[string]float64{"expected": main.Expected, "lower": main.Lower, "upper": main.Upper}[name])
		}
		return ""
	case "series_count":
		return strconv.FormatUint(uint64(main.SeriesCount), 10)
	}
	if metric, ok := strings.CutPrefix(name, "values."); ok {
		return s.valueOf(g, c, metric)
	}
	wanted := strings.TrimPrefix(name, "labels.")
	group := label.FromProto(c.Labels)
	series := label.FromProto(main.GetSeries().GetLabels())
	return cmp.Or(group.Get(wanted), series.Get(wanted), p.Labels.Get(wanted))
}

// valueOf returns the newest value of a metric in words: a condition's, or that
// of another series of the same resource; "" if none is known. When the incident
// is over a condition's value is what it came to at worst: what it was about.
func (s *State) valueOf(g *group, c *eventv1.IncidentChanged, metric string) string {
	for _, k := range c.Conditions {
		if k.Metric != metric || k.ValueAt == nil {
			continue
		}
		if c.State == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
			return unit.Format(k.Peak, k.Unit)
		}
		return unit.Format(k.Value, k.Unit)
	}
	m := s.bystander(g, metric)
	if m == nil {
		return ""
	}
	return unit.Format(m.value, s.originOf(m).unit)
}

// sentence is what is said of a condition when the policy has no words for it.
func sentence(main *eventv1.ConditionState) string {
	if main.Kind == "absent" || main.Kind == "expires" {
		text := main.Metric + ": " + main.Text
		if main.ValueAt != nil {
			text += "; it was " + unit.Format(main.Value, main.Unit)
		}
		return text
	}
	if main.Kind == "event" {
		return cmp.Or(main.Note, main.Text)
	}
	text := main.Metric + " is " + unit.Format(main.Value, main.Unit) + ", " + main.Text
	if main.Note != "" {
		text += " (" + main.Note + ")"
	}
	return text
}
