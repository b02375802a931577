package chattest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// do gives a call its effect.
func (s *Slack) do(c Call, body []byte) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	get := c.Form.Get
	switch {
	case strings.HasPrefix(c.Method, "upload/"):
		if f := s.files[strings.TrimPrefix(c.Method, "upload/")]; f != nil && len(body) >= f.size {
			return "OK"
		}
		return "bad upload"
	case strings.HasPrefix(c.Method, "response/"):
		m := &Message{Channel: "response", To: strings.TrimPrefix(c.Method, "response/"), Text: get("text"), TS: s.stamp(), At: time.Now()}
		_ = json.Unmarshal([]byte(get("blocks")), &m.Blocks)
		s.messages = append(s.messages, m)
		return "ok"
	}
	switch c.Method {
	case "chat.postMessage", "chat.postEphemeral", "chat.update":
		return s.write(c)
	case "conversations.list":
		var list []any
		for _, ch := range channels {
			list = append(list, map[string]any{"id": ch.id, "name": ch.name, "is_channel": true, "is_member": ch.name != "cost"})
		}
		return map[string]any{"ok": true, "channels": list}
	case "conversations.open":
		return map[string]any{"ok": true, "channel": map[string]any{"id": "D" + get("users")}}
	case "conversations.join":
		return map[string]any{"ok": true, "channel": map[string]any{"id": get("channel")}}
	case "conversations.history", "conversations.replies":
		return s.read(c)
	case "users.list":
		var list []any
		for _, u := range [][2]string{{"UOPERATOR", "uoperator"}, {"USECOND", "usecond"}, {"UVIEWER", "uviewer"}} {
			list = append(list, map[string]any{"id": u[0], "name": u[1]})
		}
		return map[string]any{"ok": true, "members": list}
	case "usergroups.list":
		return map[string]any{"ok": true, "usergroups": []any{map[string]any{"id": "S0000000OPS", "handle": "ops"}}}
	case "usergroups.users.list":
		return map[string]any{"ok": true, "users": []string{"UOPERATOR", "USECOND"}}
	case "files.getUploadURLExternal":
		id := fmt.Sprintf("F%08d", len(s.files)+1)
		size, _ := strconv.Atoi(get("length"))
		s.files[id] = &file{alt: get("alt_txt"), size: size}
		return map[string]any{"ok": true, "upload_url": "http://slack.test/upload/" + id, "file_id": id}
	case "files.completeUploadExternal":
		var list []struct{ ID string }
		_ = json.Unmarshal([]byte(get("files")), &list)
		for _, f := range list {
			if s.files[f.ID] == nil {
				return no("file_not_found")
			}
			s.files[f.ID].complete = time.Now()
		}
		return map[string]any{"ok": true, "files": []any{map[string]any{"id": list[0].ID}}}
	case "files.info":
		f := s.files[get("file")]
		if f == nil {
			return no("file_not_found")
		}
		kind := ""
		if s.ready(get("file")) {
			kind = "image/png"
		}
		return map[string]any{"ok": true, "file": map[string]any{"id": get("file"), "mimetype": kind}}
	case "views.open", "views.update", "views.publish":
		return s.show(c)
	case "chat.getPermalink":
		return map[string]any{"ok": true, "channel": get("channel"), "permalink": "https://slack.test/archives/" + get("channel") + "/p" + strings.ReplaceAll(get("message_ts"), ".", "")}
	}
	return no("unknown_method")
}

func (s *Slack) ready(id string) bool {
	f := s.files[id]
	return f != nil && !f.complete.IsZero() && time.Since(f.complete) >= s.FileReady
}

func (s *Slack) write(c Call) any {
	get := c.Form.Get
	if slices.Contains(people, get("channel")) { // a direct message
		s.messages = append(s.messages, &Message{Channel: get("channel"), TS: s.stamp(), Text: get("text"), To: get("channel"), At: time.Now()})
		_ = json.Unmarshal([]byte(get("blocks")), &s.messages[len(s.messages)-1].Blocks)
		return map[string]any{"ok": true, "channel": "D" + get("channel"), "ts": s.messages[len(s.messages)-1].TS}
	}
	if !slices.Contains(people, strings.TrimPrefix(get("channel"), "D")) && !slices.ContainsFunc(channels, func(ch struct{ name, id string }) bool { return ch.id == get("channel") }) {
		return no("channel_not_found")
	}
	var blocks []map[string]any
	if err := json.Unmarshal([]byte(get("blocks")), &blocks); err != nil && get("blocks") != "" {
		return no("invalid_blocks_format")
	}
	if faults := Check(blocks, s.ready); len(faults) > 0 {
		if !strings.Contains(strings.Join(faults, ""), "slack file") {
			s.faults = append(s.faults, faults...)
		}
		return no("invalid_blocks", faults...)
	}
	if get("text") == "" {
		s.faults = append(s.faults, "no top-level text")
	}
	var meta map[string]any
	_ = json.Unmarshal([]byte(get("metadata")), &meta)
	if c.Method == "chat.update" {
		for _, m := range s.messages {
			if m.TS == get("ts") && m.Channel == get("channel") {
				m.Text, m.Blocks, m.Edits = get("text"), blocks, m.Edits+1
				return map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "text": m.Text}
			}
		}
		return no("message_not_found")
	}
	if t := get("thread_ts"); t != "" && !slices.ContainsFunc(s.messages, func(m *Message) bool { return m.TS == t }) {
		return no("thread_not_found")
	}
	m := &Message{Channel: get("channel"), TS: s.stamp(), Thread: get("thread_ts"), Text: get("text"), Blocks: blocks, Metadata: meta, At: time.Now()}
	if c.Method == "chat.postEphemeral" {
		m.To = get("user")
	}
	s.messages = append(s.messages, m)
	return map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "message_ts": m.TS}
}

// show keeps the newest form, and each person's home.
func (s *Slack) show(c Call) any {
	var view map[string]any
	if err := json.Unmarshal([]byte(c.Form.Get("view")), &view); err != nil {
		return no("invalid_arguments")
	}
	if faults := CheckView(view, s.ready); len(faults) > 0 {
		s.faults = append(s.faults, faults...)
		return no("invalid_arguments", faults...)
	}
	if c.Method == "views.publish" {
		s.homes[c.Form.Get("user_id")] = view
	} else {
		s.form = view
	}
	return map[string]any{"ok": true, "view": map[string]any{"id": "V1"}}
}

// read answers with messages as Slack does: newest first in a channel.
func (s *Slack) read(c Call) any {
	get := c.Form.Get
	oldest, _ := strconv.ParseFloat(get("oldest"), 64)
	var list []any
	for _, m := range s.messages {
		ts, _ := strconv.ParseFloat(m.TS, 64)
		inThread := c.Method == "conversations.replies"
		if m.Channel != get("channel") || m.To != "" || ts < oldest || inThread != (m.Thread != "") || inThread && m.Thread != get("ts") {
			continue
		}
		o := map[string]any{"type": "message", "ts": m.TS, "text": m.Text}
		if get("include_all_metadata") == "1" || get("include_all_metadata") == "true" {
			o["metadata"] = m.Metadata
		}
		list = append(list, o)
	}
	slices.Reverse(list)
	return map[string]any{"ok": true, "messages": list, "has_more": false}
}
