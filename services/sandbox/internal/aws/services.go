package aws

import (
	"github.com/parley-ops/parley/services/sandbox/internal/aws/autoscaling"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/ec2"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/ecs"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/elasticache"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/elb"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/lambda"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/pricing"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/rds"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/ssm"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/sts"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/tagging"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// register adds every service that needs only the world: one line each.
func register(mux *wire.Mux, w *world.World) {
	for _, service := range []func(*wire.Mux, *world.World){
		autoscaling.Register, ec2.Register, ecs.Register, elasticache.Register, elb.Register, lambda.Register, pricing.Register, rds.Register, ssm.Register, sts.Register, tagging.Register,
	} {
		service(mux, w)
	}
}
