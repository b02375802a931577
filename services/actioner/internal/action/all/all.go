package all

import (
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/jvmgc"
	"github.com/parley-ops/parley/services/actioner/internal/action/sandbox"
	"github.com/parley-ops/parley/services/actioner/internal/action/webhook"
)

// Kinds returns every kind by the name that actions call it.
func Kinds() map[string]action.Maker {
	return map[string]action.Maker{
		"jvm-gc":  jvmgc.New,
		"sandbox": sandbox.New,
		"webhook": webhook.New,
	}
}
