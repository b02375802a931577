package batch

import (
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
)

// pace decides how long samples wait for company. It is an allowance of
// messages that fills again with time; a round takes what it sends, and may
// leave a debt that has to be worked off first.
type pace struct {
	linger  time.Duration
	tokens  float64
	filled  time.Time
	started bool
}

// allowance is how many messages may be sent at once, and per linger: every
// partition once.
const allowance = bus.Partitions

// wait returns for how much longer to gather, when the oldest sample came at
// oldest.
func (p *pace) wait(now, oldest time.Time) time.Duration {
	if p.linger <= 0 {
		return 0
	}
	p.fill(now)
	if p.tokens >= 0 {
		return 0
	}
	paid := time.Duration(-p.tokens / allowance * float64(p.linger))
	return max(min(paid, oldest.Add(p.linger).Sub(now)), 0)
}

// spend takes the messages of a round. A debt is never more than one linger's.
func (p *pace) spend(now time.Time, messages int) {
	p.fill(now)
	p.tokens = max(p.tokens-float64(messages), -allowance)
}

func (p *pace) fill(now time.Time) {
	if !p.started {
		p.started, p.tokens = true, allowance
	} else if p.linger > 0 {
		p.tokens = min(p.tokens+allowance*float64(now.Sub(p.filled))/float64(p.linger), allowance)
	}
	p.filled = now
}
