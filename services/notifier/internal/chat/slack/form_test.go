package slack

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// aForm has every kind of field.
func aForm(text string) chat.Form {
	return chat.Form{Callback: "silence", Metadata: text, Title: text, Submit: "Silence", Fields: []chat.Field{
		{ID: "how", Label: text, Hint: text, Kind: chat.Choice, Initial: "1h", Live: true, Options: []chat.Option{{Text: text, Value: "1h"}, {Text: "4 h", Value: "4h"}}},
		{ID: "until", Label: "Until", Kind: chat.Moment, Initial: "1795340000", Optional: true},
		{ID: "which", Label: "Which", Kind: chat.Boxes, Initial: "a=1\nc=3", Live: true, Options: []chat.Option{{Text: "a=1", Value: "a=1", Note: text}, {Text: "b=2", Value: "b=2"}, {Text: "c=3", Value: "c=3"}}},
		{ID: "who", Label: "Who", Kind: chat.Somebody, Initial: "U00OPERATOR"},
		{ID: "preview", Kind: chat.Shown, Lines: chat.Lines{{chat.B(text), chat.P(text)}}},
		{ID: "why", Label: "Why", Kind: chat.Paragraph, Optional: true, Initial: text},
		{ID: "word", Label: "A word"},
		{ID: "none", Label: "Nothing to choose", Kind: chat.Boxes}}}
}

func TestForms(t *testing.T) {
	t.Parallel()
	golden(t, "form.json", modal(aForm("How long?")))
	for _, text := range []string{"", strings.Repeat("é€😀", 5_000), "<!channel> *b* `c`", "\x00\xff"} {
		data, err := json.Marshal(modal(aForm(text)))
		if err != nil {
			t.Fatal(err)
		}
		var view map[string]any
		_ = json.Unmarshal(data, &view)
		if faults := chattest.CheckView(view, nil); len(faults) > 0 {
			t.Errorf("%.20q: %v", text, faults)
		}
	}
}

// viewPayload is what Slack sends of a form or a home tab.
const viewPayload = `{"type":"%TYPE","team":{"id":"T1"},"user":{"id":"U123456","name":"ann"},"trigger_id":"1","container":{"type":"view","view_id":"V1"},
	"view":{"id":"V1","type":"%VIEW","hash":"h1","callback_id":"silence","private_metadata":"inc1","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"x"}},
	{"type":"input","block_id":"how","label":{"type":"plain_text","text":"How"},"element":{"type":"plain_text_input","action_id":"how"}}],"state":{"values":{
	"how":{"how":{"type":"static_select","selected_option":{"value":"4h"}}},"until":{"until":{"type":"datetimepicker","selected_date_time":1795340000}},
	"which":{"which":{"type":"checkboxes","selected_options":[{"value":"a=1"},{"value":"c=3"}]}},"who":{"who":{"type":"users_select","selected_user":"U654321"}},
	"why":{"why":{"type":"plain_text_input","value":"it is known"}}}}},
	"actions":[{"type":"static_select","action_id":"how","block_id":"how","action_ts":"5.5","selected_option":{"value":"4h"}}]}`

func payload(t *testing.T, kind, view string) *slack.InteractionCallback {
	t.Helper()
	var c slack.InteractionCallback
	if err := json.Unmarshal([]byte(strings.NewReplacer("%TYPE", kind, "%VIEW", view).Replace(viewPayload)), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

func TestWhatIsEnteredInAForm(t *testing.T) {
	t.Parallel()
	want := map[string]string{"how": "4h", "until": "1795340000", "which": "a=1\nc=3", "who": "U654321", "why": "it is known"}
	f := func(got map[string]string) {
		t.Helper()
		for id, v := range want {
			if chat.Value(got, id) != v {
				t.Errorf("%s: %q, want %q", id, chat.Value(got, id), v)
			}
		}
	}
	in := interaction(payload(t, "view_submission", "modal"))
	f(in[0].GetSubmission().GetValues())
	c := interaction(payload(t, "block_actions", "modal"))[0].GetClick()
	if f(c.GetValues()); c.GetViewId() != "V1" || c.GetViewHash() != "h1" || c.GetCallbackId() != "silence" || c.GetPrivateMetadata() != "inc1" || c.GetHome() || c.GetChannelId() != "" {
		t.Errorf("%v", c)
	}
	if c = interaction(payload(t, "block_actions", "home"))[0].GetClick(); !c.GetHome() || c.GetChannelId() != "@U123456" || c.GetValue() != "4h" {
		t.Errorf("%v", c)
	}
}

func TestAFormThatIsNotTakenSaysWhere(t *testing.T) {
	t.Parallel()
	said := func(c *slack.InteractionCallback, err error) string {
		data, _ := json.Marshal(objection(c, err))
		return string(data)
	}
	form := payload(t, "view_submission", "modal")
	if got := said(form, chat.Faults{"how": "too long"}); got != `{"response_action":"errors","errors":{"how":"too long"}}` {
		t.Error(got)
	}
	if got := said(form, strconv.ErrRange); !strings.Contains(got, `"how":"⚠️ That was not taken`) {
		t.Error(got)
	}
	if got := said(payload(t, "block_actions", "modal"), chat.Faults{"how": "x"}); got != "null" {
		t.Error(got)
	}
}
