package lasting

import (
	"errors"
	"time"
)

// Lasting is how long a silence lasts.
type Lasting struct {
	// For is how long at most.
	For time.Duration
	// UntilResolved: it ends before that when nothing that it is about is open.
	UntilResolved bool
}

const (
	// Shortest and Longest bound a silence, LongestResolved one that ends when
	// what it is about is resolved, and Unsaid one of which nothing was said.
	Shortest        = time.Minute
	Longest         = 90 * 24 * time.Hour
	LongestResolved = 7 * 24 * time.Hour
	Unsaid          = 24 * time.Hour
)

// Of returns how long the silence lasts that is asked for: zero is no time said.
// The error says in words which times there are.
func Of(asked time.Duration, resolved bool) (Lasting, error) {
	switch {
	case asked == 0 && resolved:
		asked = LongestResolved
	case asked == 0:
		asked, resolved = Unsaid, true
	case asked < Shortest || asked > Longest:
		return Lasting{}, errors.New("a silence lasts from 1m to 90d")
	case resolved && asked > LongestResolved:
		return Lasting{}, errors.New("a silence until what it is about resolves lasts 7d at most")
	}
	return Lasting{For: asked, UntilResolved: resolved}, nil
}
