package alertmanager

import (
	"encoding/json"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns what is posted to an Alertmanager.
func Preview(t chat.Told) ([]byte, error) {
	return json.MarshalIndent([]alert{alertOf(t, time.Now())}, "", "  ")
}
