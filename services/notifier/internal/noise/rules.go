package noise

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// Rules are what holds for an incident in a channel.
type Rules struct {
	Group Group
	Flap  Flap
}

// Group says which incidents are told in one message.
type Group struct {
	// By are the labels in which they agree, policy, severity and team among
	// them; none: each has a message of its own.
	By []string `json:"by,omitempty"`
	// Wait is how long more of them are gathered before the thread tells of
	// them; the first one never waits.
	Wait time.Duration `json:"wait,omitempty"`
}

// Flap says when an incident comes and goes too often to be told each time.
type Flap struct {
	// Times it opened Within; 0 is never too often.
	Times  int           `json:"times,omitempty"`
	Within time.Duration `json:"within,omitempty"`
	// Calm is how long nothing happens until it is over.
	Calm time.Duration `json:"calm,omitempty"`
}

// Defaults are the rules where nothing is said.
func Defaults() Rules {
	return Rules{Flap: Flap{Times: 3, Within: time.Hour, Calm: time.Hour}}
}

// Key returns what the incidents of one group have in common, and the same for
// people: "env=prod"; "" if the incident has none of the labels or there is no
// rule.
func (g Group) Key(c *eventv1.IncidentChanged) (key, text string) {
	if len(g.By) == 0 {
		return "", ""
	}
	labels := silence.Labels(c)
	var b, words strings.Builder
	found := false
	for _, name := range g.sorted() {
		v := labels.Get(name)
		found = found || v != ""
		b.WriteString(name + "\x00" + v + "\x00")
		if v == "" {
			continue
		}
		if words.Len() > 0 {
			words.WriteString(" ")
		}
		words.WriteString(name + "=" + v)
	}
	if !found {
		return "", ""
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8]), words.String()
}

// sorted returns the labels in the order in which people read them: the policy
// first.
func (g Group) sorted() []string {
	out := slices.Clone(g.By)
	slices.SortFunc(out, func(a, b string) int {
		if (a == "policy") != (b == "policy") {
			if a == "policy" {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(out)
}
