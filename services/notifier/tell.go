package notifier

import (
	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
	"github.com/parley-ops/parley/services/notifier/route"
)

// decide makes the sender ask the routes and the causes.
func (n *notifier) decide() {
	n.sender.Rules = func(c *eventv1.IncidentChanged, channel string) noise.Rules {
		return n.routing.Table().Rules(c, channel)
	}
	n.sender.Plan, n.sender.Causes, n.sender.Dependencies = n.plan, n.causes.All, n.dependencies
}

// plan returns what the routes ask for in a channel beside telling; nil if
// nothing.
func (n *notifier) plan(c *eventv1.IncidentChanged, channel string) *route.Plan {
	for _, d := range n.routing.Table().Decide(route.Of(c), n.now()) {
		if d.Channel == channel && d.Asks() {
			return &d.Plan
		}
	}
	return nil
}

// tell tells the channels of a change, and watches what its routes let come
// later.
func (n *notifier) tell(c *eventv1.IncidentChanged, attempt int, done func(error)) {
	var channels []string
	later := c.GetAsk() != nil || c.GetPreviousId() != ""
	for _, d := range n.routing.Table().Decide(route.Of(c), n.now()) {
		channels = append(channels, d.Channel)
		later = later || d.Timed() || d.Held
	}
	if later {
		n.due.watch(c.GetId())
	}
	n.sender.Changed(c, channels, attempt, done)
}
