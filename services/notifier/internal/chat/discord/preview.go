package discord

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the webhook's message that content becomes.
func Preview(t chat.Told) ([]byte, error) {
	m, _ := write(t.Content, "", func(string) bool { return false })
	return json.MarshalIndent(m, "", "  ")
}
