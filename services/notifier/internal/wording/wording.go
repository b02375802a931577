package wording

import (
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/internal/fill"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// The most characters of a headline and of a line.
const (
	mostTitle = 300
	mostLine  = 500
)

// Set is what a templates file says. The zero value says nothing.
type Set struct{ templates []template }

// template is one entry of the file.
type template struct {
	matchers        label.Matchers
	channels        []string
	title, resolved *fill.Text
	lines           []fill.Text
	footer          *fill.Text
}

// Channels returns every channel that the templates name, each once.
func (s Set) Channels() []string {
	var out []string
	for _, t := range s.templates {
		out = append(out, t.channels...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Words returns the words for an incident in a channel, by its name as routed.
func (s Set) Words(r *record.Record, channel string) message.Words {
	c := r.Incident()
	if c == nil || len(s.templates) == 0 {
		return message.Words{}
	}
	labels := silence.Labels(c)
	for _, t := range s.templates {
		if len(t.channels) > 0 && !slices.Contains(t.channels, channel) || !t.matchers.Match(labels) {
			continue
		}
		return t.fill(place(r, channel))
	}
	return message.Words{}
}

func (t template) fill(value func(string) string) message.Words {
	say := func(text *fill.Text, most int) string {
		if text == nil {
			return ""
		}
		return message.Cut(tidy(text.Fill(value, "?")), most)
	}
	w := message.Words{Title: say(t.title, mostTitle), Resolved: say(t.resolved, mostTitle), Footer: say(t.footer, mostLine)}
	for _, l := range t.lines {
		if text := say(&l, mostLine); text != "" {
			w.Lines = append(w.Lines, text)
		}
	}
	return w
}

// tidy makes one line of a text.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }
