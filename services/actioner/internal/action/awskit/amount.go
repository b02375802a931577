package awskit

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/actioner/internal/action"
)

// Amount is a number of things: "4", or a change: "+2", "-1", "+20%".
type Amount struct {
	n                 int
	relative, percent bool
}

var amountShape = regexp.MustCompile(`^([+-]?)([0-9]{1,5})(%?)$`)

// ParseAmount reads an amount.
func ParseAmount(text string) (Amount, error) {
	m := amountShape.FindStringSubmatch(text)
	if m == nil || m[1] == "" && m[3] != "" {
		return Amount{}, fmt.Errorf("%q is no amount: want a number like 4, or a change like +2, -1 or +20%%", text)
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return Amount{}, err
	}
	if m[1] == "-" {
		n = -n
	}
	return Amount{n, m[1] != "", m[3] != ""}, nil
}

// Relative: doing it twice is more than doing it once.
func (a Amount) Relative() bool { return a.relative }

// Of returns what the amount makes of now: at least 0. A change in percent is
// one at least.
func (a Amount) Of(now int) int {
	switch {
	case !a.relative:
		return a.n
	case !a.percent:
		return max(now+a.n, 0)
	}
	change := float64(now) * float64(a.n) / 100
	if a.n > 0 {
		return now + max(int(math.Floor(change)), 1)
	}
	return max(now+min(int(math.Ceil(change)), -1), 0)
}

// Words says the amount: "to 4", "by +2".
func (a Amount) Words() string {
	if !a.relative {
		return fmt.Sprintf("to %d", a.n)
	}
	text := fmt.Sprintf("by %+d", a.n)
	if a.percent {
		text += " %"
	}
	return text
}

// Bounded refuses a change that is beyond what one run may touch. what is in
// the plural: "instances".
func Bounded(c action.Call, subject, what string, now, want int) error {
	change := max(want-now, now-want)
	if c.Most > 0 && change > c.Most {
		return action.Refused(fmt.Sprintf("%s would go from %d to %d %s: one run may change %d at most (per_run)", subject, now, want, what, c.Most))
	}
	if most := max(now*c.Percent/100, 1); c.Percent > 0 && change > most {
		return action.Refused(fmt.Sprintf("%s would go from %d to %d %s: one run may change %d %% at most, which is %d (at_most)", subject, now, want, what, c.Percent, most))
	}
	return nil
}

// Excerpt is the beginning of what a far side said, on one line.
func Excerpt(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return text
}
