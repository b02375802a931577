package poll

import (
	"context"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/plan"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Needs is what the policies in force look at, watched once for all targets.
type Needs struct {
	catalog *catalog.Catalog

	mu      sync.Mutex
	digest  string
	needs   []plan.Need
	changed chan struct{}
}

// NewNeeds returns needs of nothing.
func NewNeeds(c *catalog.Catalog) *Needs {
	return &Needs{catalog: c, changed: make(chan struct{})}
}

// Watch follows the policies until ctx is done.
func (n *Needs) Watch(ctx context.Context, c *bus.Conn) error {
	return bus.PolicyNeeds.Watch(ctx, c, 30*time.Second, func(entries []bus.Entry[*eventv1.Needs]) {
		for _, e := range entries {
			if e.Key == "current" {
				n.Set(e.Value)
			}
		}
	})
}

// Set replaces the needs.
func (n *Needs) Set(in *eventv1.Needs) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.digest != "" && n.digest == in.GetDigest() {
		return
	}
	n.digest = in.GetDigest()
	n.needs = plan.Needs(in, n.catalog)
	close(n.changed)
	n.changed = make(chan struct{})
}

// Get returns the needs, and what is closed when they change.
func (n *Needs) Get() ([]plan.Need, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.needs, n.changed
}
