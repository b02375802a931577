package sns

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns what is published, to a topic that is none.
func Preview(t chat.Told) ([]byte, error) {
	p, err := publication(t, "sns", "arn:aws:sns:eu-west-1:000000000000:preview")
	if err != nil {
		return nil, err
	}
	attributes := map[string]*string{}
	for name, a := range p.MessageAttributes {
		attributes[name] = a.StringValue
	}
	return json.MarshalIndent(map[string]any{"Subject": p.Subject, "Message": p.Message, "MessageStructure": p.MessageStructure, "MessageAttributes": attributes}, "", "  ")
}
