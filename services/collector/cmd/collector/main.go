// Command collector runs the collector alone.
package main

import (
	"github.com/parley-ops/parley/services/collector"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
)

func main() { service.Main(bus.Dial(), collector.Service()) }
