package cloudwatch

import (
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/poll"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
)

// parts are what runs for each target, by name.
func (w *watcher) parts() map[string]target.Part {
	return map[string]target.Part{
		"poll": poll.New(w.poll),
	}
}
