package slack

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the message that content becomes, as chat.postMessage takes it.
func Preview(t chat.Told) ([]byte, error) {
	return json.MarshalIndent(map[string]any{"text": summary(t.Content), "blocks": blocks(t.Content)}, "", "  ")
}
