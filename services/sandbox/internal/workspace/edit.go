package workspace

// own finds a message of the app by the call's channel and ts.
func (w *Workspace) own(c *call, wrong string) (*channel, *message, error) {
	ch := w.target(c.str("channel"))
	if ch == nil || ch.Pair {
		return nil, nil, fail("channel_not_found")
	}
	m := ch.find(c.str("ts"))
	switch {
	case m == nil || m.Subtype == "tombstone":
		return nil, nil, fail("message_not_found")
	case m.User != BotUser:
		return nil, nil, fail(wrong)
	}
	return ch, m, nil
}

func (w *Workspace) update(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, m, err := w.own(c, "cant_update_message")
	if err != nil {
		return nil, err
	}
	parts, err := w.content(c)
	if err != nil {
		return nil, err
	}
	if parts.empty() && !parts.hasBlocks && !parts.hasAttachments {
		return nil, fail("no_text")
	}
	w.edit(ch, m, parts)
	o := w.messageObject(ch, m, c.base, true)
	return object{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": o}, nil
}

// edit replaces what m says; blocks and attachments stay where none are given.
func (w *Workspace) edit(ch *channel, m *message, parts content) {
	m.Text = parts.text
	if parts.hasBlocks {
		m.Blocks = parts.blocks
	}
	if parts.hasAttachments {
		m.Attachments = parts.attachments
	}
	if parts.metadata != nil {
		m.Metadata = parts.metadata
	}
	m.Edited = w.stamp()
	w.share(ch, m.Blocks)
	w.changed()
	w.show(ch, m)
}

func (w *Workspace) deleteMessage(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, m, err := w.own(c, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	w.erase(ch, m)
	return object{"channel": ch.ID, "ts": m.TS}, nil
}

// erase removes m, or leaves a tombstone where replies hang on it.
func (w *Workspace) erase(ch *channel, m *message) {
	w.changed()
	if len(ch.threads[m.TS]) > 0 {
		*m = message{TS: m.TS, User: "USLACKBOT", Subtype: "tombstone", Text: "This message was deleted."}
		w.show(ch, m)
		return
	}
	ch.remove(m)
	w.tell(ch, m.To, "gone", object{"channel": ch.ID, "ts": m.TS, "thread_ts": m.ThreadTS})
	if parent := ch.find(m.ThreadTS); parent != nil {
		w.show(ch, parent)
	}
}

func (w *Workspace) permalink(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(c.str("channel"))
	if ch == nil || ch.Pair {
		return nil, fail("channel_not_found")
	}
	m := ch.find(c.str("message_ts"))
	if m == nil {
		return nil, fail("message_not_found")
	}
	link := c.base + "/archives/" + ch.ID + "/p" + m.TS[:10] + m.TS[11:]
	if m.ThreadTS != "" {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + ch.ID
	}
	return object{"channel": ch.ID, "permalink": link}, nil
}
