package sandbox

import (
	"net/http"

	"github.com/parley-ops/parley/services/sandbox/internal/aws"
)

// Account returns the local AWS account alone, without a port: for tests and
// benchmarks of what talks to it. Its time is the caller's, so in a bubble hours
// pass at once. Without the fleet nothing is in it but what is made by its API.
func Account(fleet bool) (http.Handler, error) {
	cfg := Defaults().aws()
	cfg.World.Bare = !fleet
	a, err := aws.New(cfg)
	if err != nil {
		return nil, err
	}
	return a.Handler(), nil
}
