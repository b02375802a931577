package inbound

import "github.com/parley-ops/parley/services/notifier/internal/chat"

// unpictured returns the content with words instead of its pictures, for a chat
// that did not take it; false if it has none.
func unpictured(c chat.Content) (chat.Content, bool) {
	out := c
	out.Parts = nil
	found := false
	for _, p := range c.Parts {
		i, ok := p.(chat.Image)
		if !ok {
			out.Parts = append(out.Parts, p)
			continue
		}
		found = true
		if i.Alt != "" {
			out.Parts = append(out.Parts, chat.Lines{{chat.P("📈 " + i.Alt)}})
		}
		out.Parts = append(out.Parts, chat.Note{{chat.P("The chat did not show the picture. Ask again in a minute, or for the whole channel with "), chat.C("share"), chat.P(" before the command")}})
	}
	return out, found
}
