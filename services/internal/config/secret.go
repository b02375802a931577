package config

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Secret is text that does not print: in logs, errors, JSON and %v it is ***.
// Given as @FILE, it is the file's content.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns ***, or nothing if there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString returns ***.
func (s Secret) GoString() string { return s.String() }

// LogValue returns ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns ***: JSON and YAML too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the secret, or reads it from the file after an @.
func (s *Secret) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	if path, ok := strings.CutPrefix(text, "@"); ok {
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("secret: %w", err)
		}
		text = strings.TrimSpace(string(data))
	}
	*s = Secret(text)
	return nil
}
