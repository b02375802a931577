package workspace_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// enter opens a modal with one input, enters a value, and returns what the client
// says against it; the app must get what was entered.
func enter(t *testing.T, element, value string) string {
	t.Helper()
	var in slack.InteractionCallback
	b := inBubble(t, httpMode(func(_ string, r *http.Request, body []byte) *http.Response {
		r.Body = io.NopCloser(bytes.NewReader(body))
		var err error
		if in, err = slack.InteractionCallbackParse(r); err != nil {
			t.Error(err)
		}
		return answer(200, "")
	}))
	plain := func(s string) map[string]any { return map[string]any{"type": "plain_text", "text": s} }
	posted := b.bot("chat.postMessage", map[string]any{"channel": workspace.ChannelOps, "blocks": []any{map[string]any{
		"type": "actions", "elements": []any{map[string]any{"type": "button", "action_id": "go", "text": plain("Go")}},
	}}})
	b.person("sandbox.click", map[string]any{"user": "operator", "channel": "ops", "ts": posted["ts"], "action_id": "go"})
	opened := b.bot("views.open", map[string]any{"trigger_id": in.TriggerID, "view": map[string]any{
		"type": "modal", "title": plain("T"), "submit": plain("S"),
		"blocks": []any{map[string]any{"type": "input", "block_id": "b", "label": plain("L"), "element": json.RawMessage(element)}},
	}})
	if opened["ok"] != true {
		t.Fatalf("views.open: %v", opened)
	}
	got := b.person("sandbox.submit", map[string]any{"user": "operator", "values": map[string]any{"a": value}})
	if got["ok"] == true {
		held := in.View.State.Values["b"]["a"]
		if held.Value != value && held.SelectedOption.Value != value {
			t.Errorf("the app got %+v", held)
		}
		return ""
	}
	faults, _ := got["errors"].(map[string]any)
	fault, _ := faults["b"].(string)
	return fault
}

// TestUpdateKeepsWhatWasEntered: inputs that an update keeps hold what was entered.
func TestUpdateKeepsWhatWasEntered(t *testing.T) {
	t.Parallel()
	var payload map[string]any
	b := inBubble(t, httpMode(func(_ string, r *http.Request, body []byte) *http.Response {
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		_ = json.Unmarshal([]byte(r.PostForm.Get("payload")), &payload)
		return answer(200, "")
	}))
	plain := func(s string) map[string]any { return map[string]any{"type": "plain_text", "text": s} }
	input := func(id string) map[string]any {
		return map[string]any{"type": "input", "block_id": id, "optional": true, "label": plain("L"), "element": map[string]any{"type": "plain_text_input", "action_id": "a"}}
	}
	button := map[string]any{"type": "actions", "block_id": "do", "elements": []any{map[string]any{"type": "button", "action_id": "go", "text": plain("Go")}}}
	view := func(blocks ...any) map[string]any {
		return map[string]any{"type": "modal", "title": plain("T"), "submit": plain("S"), "blocks": blocks}
	}
	posted := b.bot("chat.postMessage", map[string]any{"channel": workspace.ChannelOps, "blocks": []any{button}})
	b.person("sandbox.click", map[string]any{"user": "operator", "channel": "ops", "ts": posted["ts"], "action_id": "go"})
	opened := b.bot("views.open", map[string]any{"trigger_id": payload["trigger_id"], "view": view(input("one"), input("two"), button)})["view"].(map[string]any)
	b.person("sandbox.click", map[string]any{"user": "operator", "view_id": opened["id"], "action_id": "go", "state": map[string]any{"one": map[string]any{"a": "1"}, "two": map[string]any{"a": "2"}}})
	updated := b.bot("views.update", map[string]any{"view_id": opened["id"], "view": view(input("two"), input("three"))})
	values := updated["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)
	held := func(id string) any {
		block, _ := values[id].(map[string]any)
		e, _ := block["a"].(map[string]any)
		return e["value"]
	}
	if len(values) != 2 || held("two") != "2" || held("three") != nil {
		t.Errorf("after the update: %v", values)
	}
}
