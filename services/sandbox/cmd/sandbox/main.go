// Command sandbox runs the local Slack workspace and its applications.
package main

import (
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/sandbox"
)

func main() { service.Main(bus.Dial(), sandbox.Service()) }
