package wording

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// places are what a template may name beside labels.<name> and values.<metric>:
// what a policy's summary may, and what is known of the incident's life.
func places() []string {
	return []string{"summary", "policy", "severity", "team", "incident", "state", "channel", "runbook", "ending",
		"value", "threshold", "until", "metric", "condition", "peak", "before", "unit", "series_count",
		"since", "opened", "resolved", "duration", "data_age", "acknowledged_by", "acknowledged_comment"}
}

var metricForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:/-]{0,199}$`)

// known reports whether a template may name it.
func known(name string) bool {
	if l, ok := strings.CutPrefix(name, "labels."); ok {
		return l != "" && !strings.Contains(l, " ")
	}
	if m, ok := strings.CutPrefix(name, "values."); ok {
		return metricForm.MatchString(m)
	}
	for _, p := range places() {
		if p == name {
			return true
		}
	}
	return false
}

// place returns what stands at the places of a template; "" is nothing.
func place(r *record.Record, channel string) func(string) string {
	c := r.Incident()
	main := subject(c)
	number := func(have bool, v float64) string {
		if !have || main == nil {
			return ""
		}
		return unit.Format(v, main.GetUnit())
	}
	return func(name string) string {
		switch name {
		case "summary":
			return record.Finding(c)
		case "policy":
			return c.GetPolicy()
		case "severity":
			return record.SeverityWord(c.GetSeverity())
		case "team":
			return c.GetTeam()
		case "incident":
			return message.Short(r.ID)
		case "state":
			return state(r)
		case "channel":
			return channel
		case "runbook":
			return c.GetRunbook()
		case "ending":
			if r.Open() {
				return ""
			}
			return record.Ending(c)
		case "value":
			return number(true, main.GetValue())
		case "threshold":
			return number(main.GetHasThreshold(), main.GetThreshold())
		case "until":
			return number(main.GetHasUntil(), main.GetUntil())
		case "peak":
			return number(true, main.GetPeak())
		case "before":
			return number(main.GetHasBefore(), main.GetBefore())
		case "metric":
			return main.GetMetric()
		case "condition":
			return main.GetText()
		case "unit":
			return main.GetUnit()
		case "series_count":
			return strconv.FormatUint(uint64(main.GetSeriesCount()), 10)
		case "since":
			return clock(began(c))
		case "opened":
			return clock(instant(c.GetOpenedAt()))
		case "resolved":
			return clock(instant(c.GetResolvedAt()))
		case "duration":
			if from, to := began(c), cmpTime(instant(c.GetResolvedAt()), instant(c.GetAt())); !from.IsZero() && to.After(from) {
				return unit.Duration(to.Sub(from))
			}
			return ""
		case "data_age":
			if d := c.GetDataAge(); d != nil {
				return unit.Duration(d.AsDuration())
			}
			return ""
		case "acknowledged_by":
			if r.Ack != nil {
				return r.Ack.By.Mention()
			}
			return ""
		case "acknowledged_comment":
			if r.Ack != nil {
				return r.Ack.Comment
			}
			return ""
		}
		if metric, ok := strings.CutPrefix(name, "values."); ok {
			for _, k := range c.GetConditions() {
				if k.GetMetric() == metric {
					return unit.Format(k.GetValue(), k.GetUnit())
				}
			}
			return ""
		}
		wanted := strings.TrimPrefix(name, "labels.")
		return cmp.Or(silence.Labels(c).Get(wanted), label.FromProto(main.GetSeries().GetLabels()).Get(wanted))
	}
}

// subject is the condition that the incident is about: the first that holds, else
// the first; nil if there is none.
func subject(c *eventv1.IncidentChanged) *eventv1.ConditionState {
	for _, k := range c.GetConditions() {
		if k.GetHolds() {
			return k
		}
	}
	if len(c.GetConditions()) > 0 {
		return c.GetConditions()[0]
	}
	return nil
}

func state(r *record.Record) string {
	switch {
	case !r.Open():
		return "resolved"
	case r.Ack != nil:
		return "acknowledged"
	}
	return "open"
}

func began(c *eventv1.IncidentChanged) time.Time {
	return cmpTime(instant(c.GetBeganAt()), instant(c.GetOpenedAt()))
}

func cmpTime(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// instant returns the time of a stamp that may be missing.
func instant(s interface {
	IsValid() bool
	AsTime() time.Time
}) time.Time {
	if !s.IsValid() || s.AsTime().Unix() == 0 {
		return time.Time{}
	}
	return s.AsTime()
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("15:04 MST")
}
