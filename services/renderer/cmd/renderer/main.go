// Command renderer runs the renderer alone.
package main

import (
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/renderer"
)

func main() { service.Main(bus.Dial(), renderer.Service()) }
