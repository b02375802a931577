package webhook

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the body that is sent without a template of its own.
func Preview(t chat.Told, f Format) ([]byte, error) { return render(document(t), nil, f) }
