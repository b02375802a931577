package replay

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/occurrence"
)

var eventKeys = []string{"at", "event", "level", "message", "labels", "id"}

// maxTestEvents bounds the events of one test.
const maxTestEvents = 10_000

// events reads the events from outside of a test, each put on the series of its
// labels.
func (r *reader) events(n *yaml.Node, t *Test) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > maxTestEvents {
		r.fail(n, "events: want a list of up to %d, such as - {at: 5m, event: deploy.failed, level: error, labels: {service: checkout}}", maxTestEvents)
		return
	}
	for _, item := range n.Content {
		o, labels := r.event(item)
		i := slices.IndexFunc(t.Series, func(s Series) bool { return s.Name == occurrence.Metric && slices.Equal(s.Labels, labels) })
		if i < 0 {
			i = len(t.Series)
			t.Series = append(t.Series, Series{Name: occurrence.Metric, Labels: labels, Start: start})
		}
		t.Series[i].Events = append(t.Series[i].Events, o)
		t.End = max(t.End, o.GetAt().AsTime().Sub(start)+time.Minute)
	}
}

// event reads {at: 5m, event: deploy.failed, level: error, message: …, labels: {…}}.
func (r *reader) event(n *yaml.Node) (*eventv1.Occurrence, label.Set) {
	m := r.fields(n, "an event", eventKeys)
	o := &eventv1.Occurrence{At: timestamppb.New(start), Level: eventv1.EventLevel_EVENT_LEVEL_INFO,
		Message: r.optional(m["message"], "message"), Id: r.optional(m["id"], "id")}
	if v := m["at"]; v == nil {
		r.fail(n, "no `at`: how long after the beginning? 5m, or 0")
	} else {
		o.At = timestamppb.New(start.Add(r.span(v, "at", 0)))
	}
	if o.Type = r.optional(m["event"], "event"); !occurrence.Type.MatchString(o.Type) {
		r.fail(n, "event %q: want its type, such as deploy.failed", o.Type)
	}
	if v := m["level"]; v != nil {
		var ok bool
		if o.Level, ok = occurrence.Level(r.text(v, "level")); !ok {
			r.fail(v, "level: want one of %s", strings.Join(occurrence.Levels, ", "))
		}
	}
	labels := map[string]string{}
	if v := m["labels"]; v != nil {
		r.each(v, "labels", func(key, value *yaml.Node) { labels[key.Value] = r.text(value, "label "+key.Value) })
	}
	return o, label.FromMap(labels)
}
