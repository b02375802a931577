package cloudwatch

import (
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/poll"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/waste"
)

// parts are what runs for each target, by name.
func (w *watcher) parts() map[string]target.Part {
	reading := w.poll
	reading.Changes = w.deps.Changes
	parts := map[string]target.Part{
		"poll": poll.New(reading),
	}
	if w.cfg.Waste.Interval > 0 {
		parts["waste"] = waste.New(w.cfg.Waste)
	}
	return parts
}
