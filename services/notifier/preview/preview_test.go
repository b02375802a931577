package preview

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat/all"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

func request(text string) Request {
	now := timestamppb.New(time.Now())
	return Request{Channel: "#ops", PNG: []byte("\x89PNG\r\n\x1a\npicture"), Alt: "a chart", Actions: map[string]*eventv1.ActionDocument{"gc": {Name: "gc", Title: "Collect garbage"}},
		Incident: &eventv1.IncidentChanged{Id: "3f9a27c1d0", Version: 1, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, At: now, OpenedAt: now, Policy: "heap", Actions: []string{"gc"},
			Severity: eventv1.Severity_SEVERITY_CRITICAL, Summary: text, Labels: []*eventv1.Label{{Name: "service", Value: text}},
			Conditions: []*eventv1.ConditionState{{Metric: "jvm.heap", Text: "above 80 %", Holds: true, Value: 97, Threshold: 80, HasThreshold: true, Unit: "%"}}}}
}

func TestEveryKindIsShown(t *testing.T) {
	t.Parallel()
	if want := slices.Sorted(maps.Keys(all.Kinds())); !slices.Equal(slices.Sorted(slices.Values(Kinds())), want) {
		t.Errorf("%v, want %v", Kinds(), want)
	}
	r := request(`heap <b>is</b> "97 %" <!channel>`)
	r.Templates = []byte("templates:\n- {title: 'mine: {{ summary }}', lines: [below]}")
	shown, err := Show(r)
	if err != nil || len(shown.Files) != len(Kinds())+1 || !strings.HasPrefix(shown.Summary, "CRITICAL: mine: heap") || !strings.Contains(shown.Text, "below") {
		t.Fatalf("%d files: %v: %s", len(shown.Files), err, shown.Text)
	}
	for _, f := range shown.Files {
		var o any
		switch {
		case strings.HasSuffix(f.Name, ".json"):
			err = json.Unmarshal(f.Data, &o)
		case strings.HasSuffix(f.Name, ".xml"):
			var x struct {
				Finding string `xml:"finding"`
			}
			err = xml.Unmarshal(f.Data, &x)
		case strings.HasSuffix(f.Name, ".eml"):
			_, err = mail.ReadMessage(strings.NewReader(string(f.Data)))
		}
		if err != nil || len(f.Data) == 0 {
			t.Errorf("%s: %v: %.300s", f.Name, err, f.Data)
		}
		if f.Kind == "slack" {
			var m struct {
				Blocks []map[string]any `json:"blocks"`
			}
			_ = json.Unmarshal(f.Data, &m)
			if faults := chattest.Check(m.Blocks, func(string) bool { return true }); len(faults) > 0 || !strings.Contains(string(f.Data), "Collect garbage") || !strings.Contains(string(f.Data), pictureFile) {
				t.Errorf("%v: %s", faults, f.Data)
			}
		}
	}
}

func TestWhatCannotBeShown(t *testing.T) {
	t.Parallel()
	r := request("x")
	r.Kinds = []string{"slak"}
	if _, err := Show(r); err == nil || !strings.Contains(err.Error(), "did you mean slack?") {
		t.Error(err)
	}
	r = request("x")
	r.TemplatesFile, r.Templates = "words.yaml", []byte("templates:\n- title: '{{ sumary }}'")
	if _, err := Show(r); err == nil || !strings.Contains(err.Error(), "words.yaml:2: title: {{ sumary }}") {
		t.Error(err)
	}
}

// FuzzShow: whatever an incident says, everything that would be sent is well-formed.
func FuzzShow(f *testing.F) {
	f.Add("heap is 97 %")
	f.Add("\x00\xff\u202e\"}]} <script> ]]> *b* <!channel> @everyone\r\nBcc: x@y\r\n\r\n.")
	f.Fuzz(func(t *testing.T, text string) {
		shown, err := Show(request(strings.ToValidUTF8(text, "?")))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range shown.Files {
			if strings.HasSuffix(file.Name, ".json") && !json.Valid(file.Data) {
				t.Errorf("%s: %s", file.Name, file.Data)
			}
		}
	})
}
