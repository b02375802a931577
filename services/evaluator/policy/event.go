package policy

import (
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/occurrence"
)

// Event is what a condition wants of events from outside.
type Event struct {
	// Type and Until are the types of the events that begin and end it, with * for
	// anything; Until is "" if none ends it.
	Type, Until string
	// Least and Most are the levels that begin it.
	Least, Most eventv1.EventLevel
	// Matches is a regular expression that the message of what begins it matches;
	// "" is any.
	Matches string
	// Lasts is for how long it holds after the last event; 0: until one ends it.
	Lasts time.Duration

	begins, ends, message *regexp.Regexp
}

const (
	defaultLasts = 10 * time.Minute
	maxMatches   = 500 // bytes
)

var (
	// eventKeys go only beside event, notEvents never.
	eventKeys = []string{"level", "matches", "lasts"}
	notEvents = []string{"metric", "datapoints", "tolerance", "zone", "given", "no_data_after", "or_equal"}

	patternForm = regexp.MustCompile(`^[A-Za-z0-9_*][A-Za-z0-9_.:/*-]{0,199}$`)
	levelForm   = regexp.MustCompile(`^\s*(>=|<=|=)?\s*([A-Za-z]+)\s*$`)
)

// Begins reports whether an event makes the condition hold.
func (e *Event) Begins(o *eventv1.Occurrence) bool {
	return o.GetLevel() >= e.Least && o.GetLevel() <= e.Most && e.begins.MatchString(o.GetType()) &&
		(e.message == nil || e.message.MatchString(o.GetMessage()))
}

// Ends reports whether an event ends what holds.
func (e *Event) Ends(o *eventv1.Occurrence) bool {
	return e.ends != nil && e.ends.MatchString(o.GetType())
}

// event reads what belongs to a condition on events.
func (r *reader) event(f map[string]*yaml.Node, c *Condition) {
	if f["event"] == nil {
		for _, key := range eventKeys {
			if v := f[key]; v != nil {
				r.fail(v, "%s: only beside event: the type of the events, such as deploy.*", key)
			}
		}
		return
	}
	for _, key := range notEvents {
		if v := f[key]; v != nil {
			r.fail(v, "%s: not beside event", key)
		}
	}
	e := &Event{Least: eventv1.EventLevel_EVENT_LEVEL_DEBUG, Most: eventv1.EventLevel_EVENT_LEVEL_CRITICAL, Lasts: defaultLasts}
	c.Metric, c.Event = occurrence.Metric, e
	e.Type, e.begins = r.pattern(f["event"], "event")
	if v := f["until"]; v != nil {
		e.Until, e.ends = r.pattern(v, "until")
		e.Lasts = 0
	}
	if v := f["lasts"]; v != nil {
		if e.Lasts = r.duration(v, "lasts"); e.Lasts < time.Second {
			r.fail(v, "lasts: want 1s at least: how long it holds after the last event")
		}
	}
	if v := f["level"]; v != nil {
		r.level(v, e)
	}
	if v := f["matches"]; v != nil {
		e.Matches = r.text(v, "matches")
		var err error
		if e.message, err = regexp.Compile(e.Matches); err != nil {
			r.fail(v, "matches: %v", err)
		}
		if len(e.Matches) > maxMatches {
			r.fail(v, "matches: %d bytes, at most %d", len(e.Matches), maxMatches)
		}
	}
}

// pattern reads the type of events, with * for anything.
func (r *reader) pattern(n *yaml.Node, what string) (string, *regexp.Regexp) {
	text := r.text(n, what)
	if !patternForm.MatchString(text) {
		r.fail(n, "%s: %q: want the type of events, perhaps with * for anything, such as deploy.*", what, text)
		return text, nil
	}
	return text, regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(text), `\*`, ".*") + "$")
}

// level reads error, ">=error" or "<=info".
func (r *reader) level(n *yaml.Node, e *Event) {
	text := r.text(n, "level")
	m := levelForm.FindStringSubmatch(text)
	if m == nil {
		r.fail(n, "level: %q: want a level, or such as \">=error\": there are %s", text, strings.Join(occurrence.Levels, ", "))
		return
	}
	l, ok := occurrence.Level(m[2])
	if !ok {
		r.fail(n, "level: %q is none%s: there are %s", m[2], suggest(m[2], occurrence.Levels), strings.Join(occurrence.Levels, ", "))
		return
	}
	if m[1] != "<=" {
		e.Least = l
	}
	if m[1] != ">=" {
		e.Most = l
	}
}

// words says it as people read it: "event deploy.*, error or worse, until
// deploy.succeeded".
func (e *Event) words() string {
	text := "event " + e.Type
	switch least, most := occurrence.Word(e.Least), occurrence.Word(e.Most); {
	case e.Least == e.Most:
		text += ", level " + least
	case e.Most < eventv1.EventLevel_EVENT_LEVEL_CRITICAL:
		text += ", level " + most + " or less"
	case e.Least > eventv1.EventLevel_EVENT_LEVEL_DEBUG:
		text += ", level " + least + " or worse"
	}
	if e.Matches != "" {
		text += ", matching " + e.Matches
	}
	if e.Until != "" {
		text += ", until " + e.Until
	}
	if e.Lasts > 0 {
		text += ", within " + span(e.Lasts)
	}
	return text
}

// eventSchemas are the schemas of the keys that only conditions on events have.
func eventSchemas(duration object) object {
	return object{
		"level":   object{"type": "string", "pattern": levelForm.String(), "description": "The level of events: error, or \">=error\"."},
		"matches": object{"type": "string", "maxLength": maxMatches, "description": "A regular expression (RE2) that the event's message matches."},
		"lasts":   with(duration, "How long it holds after the last event; default 10m, or with until as long as none comes."),
	}
}
