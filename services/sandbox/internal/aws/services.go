package aws

import (
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// register adds every service that needs only the world: one line each.
func register(mux *wire.Mux, w *world.World) {
	for _, service := range []func(*wire.Mux, *world.World){} {
		service(mux, w)
	}
}
