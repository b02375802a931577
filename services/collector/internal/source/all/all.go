package all

import (
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/awsevents"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch"
	"github.com/parley-ops/parley/services/collector/internal/source/host"
)

// Kinds returns the makers of all kinds, by name, with settings of their own.
func Kinds() map[string]source.Maker {
	return map[string]source.Maker{
		"awsevents":  source.Kind(awsevents.Defaults, awsevents.New),
		"cloudwatch": source.Kind(cloudwatch.Defaults, cloudwatch.New),
		"host":       source.Kind(host.Defaults, host.New),
	}
}
