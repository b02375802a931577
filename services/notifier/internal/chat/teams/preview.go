package teams

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the message with the card that content becomes.
func Preview(t chat.Told) ([]byte, error) { return json.MarshalIndent(write(t.Content), "", "  ") }
