package pagerduty

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the event that is sent, without its key; nil if none is.
func Preview(t chat.Told) ([]byte, error) {
	e, ok := eventOf(t)
	if !ok {
		return nil, nil
	}
	return json.MarshalIndent(e, "", "  ")
}
