package workspace

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/sandbox/internal/block"
)

const (
	maxText     = 40_000 // characters of a message
	maxMetadata = 8_000  // bytes of a message's metadata
)

// content is what a message says, checked.
type content struct {
	text               string
	blocks             []any
	attachments        []any
	metadata           object
	hasBlocks          bool
	hasAttachments     bool
	username           string
	iconEmoji, iconURL string
}

// content reads and checks the parts of a message. The caller holds mu.
func (w *Workspace) content(c *call) (content, error) {
	var m content
	var err error
	m.text = c.str("text")
	if m.text == "" {
		m.text = c.str("markdown_text")
	}
	m.username, m.iconEmoji, m.iconURL = c.str("username"), c.str("icon_emoji"), c.str("icon_url")
	if utf8.RuneCountInString(m.text) > maxText {
		return m, fail("msg_too_long")
	}
	if m.blocks, m.hasBlocks, err = c.list("blocks"); err != nil {
		return m, fail("invalid_blocks_format")
	}
	if faults := block.Check(m.blocks, block.Message, w.fileReady); len(faults) > 0 {
		return m, invalid("invalid_blocks", faults)
	}
	if m.attachments, m.hasAttachments, err = c.list("attachments"); err != nil {
		return m, invalid("invalid_attachments", []string{"must be an array [json-pointer:/attachments]"})
	}
	if faults := block.CheckAttachments(m.attachments, w.fileReady); len(faults) > 0 {
		return m, invalid("invalid_attachments", faults)
	}
	if m.metadata, err = c.object("metadata"); err != nil {
		return m, fail("invalid_metadata_format")
	}
	if m.metadata != nil {
		if m.metadata["event_type"] == nil || m.metadata["event_type"] == "" {
			m.metadata = nil // slack-go sends an empty one along
		} else if data, err := json.Marshal(m.metadata); err != nil || len(data) > maxMetadata {
			return m, fail("metadata_too_large")
		}
	}
	m.blocks, m.attachments = copyObject(m.blocks), copyObject(m.attachments)
	block.Complete(m.blocks)
	for i, a := range m.attachments {
		o := a.(object)
		o["id"] = i + 1
		if list, ok := o["blocks"].([]any); ok {
			block.Complete(list)
		}
	}
	return m, nil
}

func (m content) empty() bool {
	return m.text == "" && len(m.blocks) == 0 && len(m.attachments) == 0
}

// fileReady is block.Ready. The caller holds mu.
func (w *Workspace) fileReady(id, url string) bool {
	f := w.files[id]
	if id == "" {
		f = w.fileByURL(url)
	}
	if f == nil || !w.ready(f) {
		return false
	}
	return f.Type == "image/png" || f.Type == "image/jpeg" || f.Type == "image/gif"
}

// share marks the files that a message shows as shared in its channel.
func (w *Workspace) share(ch *channel, blocks []any) {
	for _, id := range block.Files(blocks) {
		if f := w.files[id]; f != nil {
			f.sharedIn(ch.ID)
		}
	}
}

// botMessage makes a message of the app out of content.
func (w *Workspace) botMessage(m content) *message {
	return &message{
		TS: w.stamp(), User: BotUser, BotID: BotID, Text: m.text, Blocks: m.blocks, Attachments: m.attachments,
		Metadata: m.metadata, Username: m.username, IconEmoji: m.iconEmoji, IconURL: m.iconURL,
	}
}

// inThread puts m into the thread that the call names, if any.
func (w *Workspace) inThread(c *call, ch *channel, m *message) error {
	ts := c.str("thread_ts")
	if ts == "" {
		return nil
	}
	parent := ch.find(ts)
	if parent == nil {
		return fail("thread_not_found")
	}
	if parent.ThreadTS != "" { // a reply to a reply goes to the thread's parent
		ts = parent.ThreadTS
	}
	m.ThreadTS = ts
	m.Broadcast = c.flag("reply_broadcast")
	return nil
}

// publish adds m to its channel and shows it to everyone who is to see it.
func (w *Workspace) publish(ch *channel, m *message) {
	ch.add(m)
	w.share(ch, m.Blocks)
	w.changed()
	w.show(ch, m)
	w.heard(ch, m)
	if m.ThreadTS != "" && m.To == "" {
		if parent := ch.find(m.ThreadTS); parent != nil {
			w.show(ch, parent)
		}
	}
}

// show sends the present form of m to the pages.
func (w *Workspace) show(ch *channel, m *message) {
	w.tell(ch, m.To, "message", object{"channel": ch.ID, "message": w.messageObject(ch, m, "", false)})
}

func (w *Workspace) postMessage(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.writable(c)
	if err != nil {
		return nil, err
	}
	parts, err := w.content(c)
	if err != nil {
		return nil, err
	}
	if parts.empty() {
		return nil, fail("no_text")
	}
	m := w.botMessage(parts)
	if err := w.inThread(c, ch, m); err != nil {
		return nil, err
	}
	if err := w.limitMessages(ch); err != nil {
		return nil, err
	}
	w.publish(ch, m)
	o := w.messageObject(ch, m, c.base, true)
	w.answered(ch, "", "", o)
	return object{"channel": ch.ID, "ts": m.TS, "message": o}, nil
}

// writable is the channel a message is meant for, if the app may write there.
func (w *Workspace) writable(c *call) (*channel, error) {
	ch := w.target(c.str("channel"))
	switch {
	case ch == nil || ch.Pair:
		return nil, fail("channel_not_found")
	case ch.Archived:
		return nil, fail("is_archived")
	case ch.Private && !ch.has(BotUser):
		return nil, fail("not_in_channel")
	}
	return ch, nil
}

func (w *Workspace) postEphemeral(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.writable(c)
	if err != nil {
		return nil, err
	}
	to := w.user(c.str("user"))
	if to == nil || to.ID != c.str("user") {
		return nil, fail("user_not_found")
	}
	if !ch.has(to.ID) {
		return nil, fail("user_not_in_channel")
	}
	parts, err := w.content(c)
	if err != nil {
		return nil, err
	}
	if parts.empty() {
		return nil, fail("no_text")
	}
	m := w.botMessage(parts)
	m.To = to.ID
	if err := w.inThread(c, ch, m); err != nil {
		return nil, err
	}
	if err := w.limitMessages(ch); err != nil {
		return nil, err
	}
	w.publish(ch, m)
	w.answered(ch, to.ID, "", w.messageObject(ch, m, c.base, false))
	return object{"message_ts": m.TS}, nil
}
