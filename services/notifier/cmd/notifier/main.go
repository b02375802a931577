// Command notifier runs the notifier alone.
package main

import (
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/notifier"
)

func main() { service.Main(bus.Dial(), notifier.Service()) }
