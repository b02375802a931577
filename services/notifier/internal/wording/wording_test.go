package wording

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

func recorded(t *testing.T, state eventv1.IncidentState, labels ...string) *record.Record {
	t.Helper()
	at := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	c := &eventv1.IncidentChanged{Id: "3f9a27c1d0e4", Version: 1, State: state, Policy: "heap", Team: "payments", Severity: eventv1.Severity_SEVERITY_CRITICAL, Summary: "heap is 97 %",
		At: timestamppb.New(at.Add(12 * time.Minute)), BeganAt: timestamppb.New(at), OpenedAt: timestamppb.New(at.Add(time.Minute)), Reason: eventv1.IncidentReason_INCIDENT_REASON_RECOVERED,
		Conditions: []*eventv1.ConditionState{{Metric: "jvm.heap", Text: "above 80 %", Holds: true, Value: 97.25, Threshold: 80, HasThreshold: true, Peak: 98, Unit: "%"}}}
	for i := 0; i+1 < len(labels); i += 2 {
		c.Labels = append(c.Labels, &eventv1.Label{Name: labels[i], Value: labels[i+1]})
	}
	r := record.New(c.GetId())
	r.Apply(c)
	return r
}

const open, over = eventv1.IncidentState_INCIDENT_STATE_OPEN, eventv1.IncidentState_INCIDENT_STATE_RESOLVED

func TestTheFirstThatFits(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse("sample.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Channels(); !slices.Equal(got, []string{"#payments"}) {
		t.Errorf("channels %v", got)
	}
	r := recorded(t, open, "service", "checkout", "owner", "ann")
	w := s.Words(r, "#payments")
	if w.Title != "checkout: heap is 97 %" || w.Footer != "Payments on call: see the wiki" ||
		!slices.Equal(w.Lines, []string{"Owner ann, version unknown", "jvm.heap is 97.2 % (above 80 %), before unknown"}) || w.Resolved != "checkout is well again after 12 min" {
		t.Errorf("%+v", w)
	}
	if w := s.Words(r, "#ops"); w.Title != "" || w.Lines != nil {
		t.Errorf("in another channel: %+v", w)
	}
	if w := (Set{}).Words(r, "#payments"); w.Title != "" {
		t.Errorf("%+v", w)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	f := func(text, want string, state eventv1.IncidentState) {
		t.Helper()
		s, err := Parse("f", []byte("templates:\n- title: '"+text+"'"))
		if err != nil {
			t.Fatal(err)
		}
		r := recorded(t, state, "service", "check\nout")
		if state == open {
			r.Acknowledge(record.Who{Name: "ann"}, time.Now(), "mine")
		}
		if got := s.Words(r, "#ops").Title; got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	f("{{ labels.service }} {{ labels.none }} {{ team }} {{ severity }} {{ incident }} {{ channel }}", "check out ? payments critical 3f9a27c1 #ops", open)
	f("{{ state }} {{ acknowledged_by }} {{ acknowledged_comment }} {{ since }} {{ opened }} {{ ending or still open }}", "acknowledged ann mine 10:30 UTC 10:31 UTC still open", open)
	f("{{ state }} {{ duration }} {{ ending }} {{ acknowledged_by or nobody }}", "resolved 12 min resolved after 11 min nobody", over)
	f("{{ value }} {{ threshold }} {{ peak }} {{ until or none }} {{ values.jvm.heap }} {{ values.other or none }} {{ unit }}", "97.2 % 80 % 98 % none 97.2 % none %", open)
	f("{{ runbook or data_age or nothing }}", "nothing", open)
	for _, name := range places() {
		if !known(name) {
			t.Error(name)
		}
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	f := func(text string, wants ...string) {
		t.Helper()
		_, err := Parse("words.yaml", []byte(text))
		for _, want := range wants {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", text, err, want)
			}
		}
		if len(wants) == 0 && err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	f("")
	f("templates: []")
	f("# nothing yet\n")
	f("templates:\n- {match: {team: '~a|b'}, lines: [x, '{{ labels.a b or c }}']}", "words.yaml:2: lines: {{ labels.a b }} is nothing")
	f("template: []", "words.yaml:1: unknown key \"template\" in the file (did you mean templates?)")
	f("templates:\n- title: x\n  linez: [y]", "words.yaml:3: unknown key \"linez\" in a template (did you mean lines?)")
	f("templates:\n- title: '{{ sumary }}'\n- footer: '{{ polcy }} {{ x'", "words.yaml:2: title: {{ sumary }} is nothing that can be filled in (did you mean summary?)", "words.yaml:3: footer: {{ polcy }}", "words.yaml:3: footer: {{ without }}")
	f("templates:\n- match: {team: '~('}\n  title: x", "words.yaml:2: match:")
	f("templates:\n- match: {team: a}", "says nothing")
	f("templates: {title: x}", "want a list")
	f("templates:\n- title: [x]", "title: want a text")
	f("templates:\n- just text", "want `key: value` lines")
	f("templates:\n- {title: x, title: y}", "twice")
	f("templates:\n- lines: ["+strings.Repeat("x,", 11)+"]", "10 are the most")
	f("templates:\n- lines: [{a: b}]", "lines: want a list of texts")
	f("a: [", "words.yaml")
}

func FuzzParse(f *testing.F) {
	data, _ := os.ReadFile("sample.yaml")
	f.Add(string(data), "checkout")
	f.Add("templates:\n- title: '{{ labels.service }}'", "<!channel> {{ summary }}\n*b*")
	f.Fuzz(func(t *testing.T, text, value string) {
		s, err := Parse("f", []byte(text))
		if err != nil {
			return
		}
		w := s.Words(recorded(t, open, "service", strings.ToValidUTF8(value, "?")), "#payments")
		for _, l := range append(w.Lines, w.Title, w.Resolved, w.Footer) {
			if len([]rune(l)) > mostLine || strings.ContainsAny(l, "\r\n") {
				t.Errorf("%q", l)
			}
		}
		if len(w.Lines) > mostLines {
			t.Errorf("%d lines", len(w.Lines))
		}
	})
}

func TestWordsInAMessage(t *testing.T) {
	t.Parallel()
	s, err := Parse("f", []byte("templates:\n- {title: 'mine {{ labels.service }}', resolved: 'over {{ labels.service }}', lines: [below], footer: small}"))
	if err != nil {
		t.Fatal(err)
	}
	r := recorded(t, open, "service", "<!channel>")
	c := message.Incident(r, nil, message.View{Now: time.Now(), Words: s.Words(r, "#ops")})
	if c.Title != "🔴 mine <!channel>" || !strings.HasPrefix(c.Text, "CRITICAL: mine <!channel> · ") || c.About.Finding != "mine <!channel>" { // markup is the backend's to escape
		t.Errorf("%q %q", c.Title, c.Text)
	}
	r = recorded(t, over, "service", "shop")
	c = message.Incident(r, nil, message.View{Now: time.Now(), Words: s.Words(r, "#ops")})
	if c.Title != "✅ over shop" || c.Text != "Resolved: over shop · service=shop" {
		t.Errorf("%q %q", c.Title, c.Text)
	}
}
