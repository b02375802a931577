// Command actioner carries out what people ask for; see package actioner.
package main

import (
	"github.com/parley-ops/parley/services/actioner"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
)

func main() { service.Main(bus.Dial(), actioner.Service()) }
