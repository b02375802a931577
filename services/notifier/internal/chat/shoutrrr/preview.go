package shoutrrr

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the text that is sent.
func Preview(t chat.Told) ([]byte, error) {
	return []byte(textOf(t.Content, Defaults().Length) + "\n"), nil
}
