package mattermost

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the post that content becomes; its buttons need the settings, and
// are left out.
func Preview(t chat.Told) ([]byte, error) {
	return json.MarshalIndent((&Backend{}).write(t.Content, t.ChannelID, t.Key), "", "  ")
}
