package opsgenie

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the alert that is made.
func Preview(t chat.Told) ([]byte, error) {
	return json.MarshalIndent(alertOf(alias(t.Key.Incident), "", t.Content), "", "  ")
}
