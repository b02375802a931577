package propose

import (
	"fmt"

	"github.com/parley-ops/parley/services/internal/unit"
)

// Words says what a change would have done: "removes 18 of 21 noise incidents,
// keeps all 6 useful ones (up to 8 min later)".
func (p *Proposal) Words() string {
	text := fmt.Sprintf("removes %d of %s", p.Removed, count(p.Noise, "noise incident"))
	if p.Removed == p.Noise {
		text = "removes the only noise incident"
		if p.Noise > 1 {
			text = fmt.Sprintf("removes all %d noise incidents", p.Noise)
		}
	}
	switch {
	case p.Useful == 0:
		return text + "; there was no useful one"
	case p.Useful == 1:
		text += ", keeps the useful one"
	default:
		text += fmt.Sprintf(", keeps all %d useful ones", p.Useful)
	}
	if p.Later > 0 {
		text += fmt.Sprintf(" (up to %s later)", unit.Duration(p.Later))
	}
	return text
}

// Proof says over what it was tried.
func (p *Proposal) Proof() string {
	text := "replayed over " + unit.Duration(p.To.Sub(p.From)) + " of history"
	if p.Unproven > 0 {
		text += fmt.Sprintf("; %s of that time not shown again by it, and not counted", count(p.Unproven, "incident"))
	}
	return text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
