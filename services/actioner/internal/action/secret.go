package action

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
)

// CheckSecret says what is wrong with a reference to a secret.
func CheckSecret(ref string) error {
	scheme, name, _ := strings.Cut(ref, ":")
	if (scheme != "env" && scheme != "file") || name == "" {
		// Not the text itself: it may be the secret.
		return fmt.Errorf("want a reference, env:NAME or file:PATH, never the secret itself")
	}
	return nil
}

// ReadSecret returns what a reference stands for, from this process's
// environment and files.
func ReadSecret(ref string) (string, error) {
	if err := CheckSecret(ref); err != nil {
		return "", err
	}
	scheme, name, _ := strings.Cut(ref, ":")
	text := ""
	if scheme == "env" {
		text = os.Getenv(name)
	} else {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", ref, err)
		}
		text = string(b)
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("%s is not set or empty", ref)
	}
	return text, nil
}

// Vault gives out secrets by reference and remembers them, so that they can be
// taken out of whatever is said afterwards. A nil *Vault has none. It may be
// used from several goroutines.
type Vault struct {
	read func(ref string) (string, error)

	mu   sync.Mutex
	seen map[string]bool
}

// NewVault returns a vault over read; nil means [ReadSecret].
func NewVault(read func(ref string) (string, error)) *Vault {
	if read == nil {
		read = ReadSecret
	}
	return &Vault{read: read, seen: map[string]bool{}}
}

// Reveal returns the secret of a reference, or an error for people that names
// the reference.
func (v *Vault) Reveal(ref string) (string, error) {
	if v == nil {
		return "", Failed("there are no secrets here", nil)
	}
	s, err := v.read(ref)
	if err != nil {
		return "", Failed("the secret "+ref+" cannot be had", err)
	}
	v.Keep(s)
	return s, nil
}

// Keep makes Scrub take s out too.
func (v *Vault) Keep(s string) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen[s] = true
}

// Scrub returns text without the secrets given out so far.
func (v *Vault) Scrub(text string) string {
	if v == nil {
		return text
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return Scrub(text, slices.SortedFunc(maps.Keys(v.seen), func(a, b string) int { return len(b) - len(a) })...)
}

// Scrub returns text with the secrets, in every spelling they are sent in,
// replaced by ***.
func Scrub(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) < 4 {
			continue
		}
		quoted, _ := json.Marshal(s) // a string: cannot fail
		for _, spelling := range []string{s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(quoted), `"`),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.URLEncoding.EncodeToString([]byte(s))} {
			text = strings.ReplaceAll(text, spelling, "***")
		}
	}
	return text
}
