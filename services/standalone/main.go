// Command standalone is Parley in one process: the five services, the sandbox
// and NATS inside it, by the same code as in containers.
//
//	go run ./services/standalone
//
// Everything it keeps is under --data. It prints where to look.
package main

import (
	"github.com/parley-ops/parley/services/actioner"
	"github.com/parley-ops/parley/services/collector"
	"github.com/parley-ops/parley/services/evaluator"
	"github.com/parley-ops/parley/services/internal/bus/embedded"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/notifier"
	"github.com/parley-ops/parley/services/renderer"
	"github.com/parley-ops/parley/services/sandbox"
)

func main() {
	service.Main(embedded.Connect(), collector.Service(), evaluator.Service(),
		renderer.Service(), notifier.Service(), actioner.Service(), sandbox.Service())
}
