// Command evaluator runs the evaluator.
package main

import (
	"github.com/parley-ops/parley/services/evaluator"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
)

func main() { service.Main(bus.Dial(), evaluator.Service()) }
