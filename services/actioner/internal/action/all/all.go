package all

import (
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awsasg"
	"github.com/parley-ops/parley/services/actioner/internal/action/awsec2"
	"github.com/parley-ops/parley/services/actioner/internal/action/awsecs"
	"github.com/parley-ops/parley/services/actioner/internal/action/awslambda"
	"github.com/parley-ops/parley/services/actioner/internal/action/awsrds"
	"github.com/parley-ops/parley/services/actioner/internal/action/awsssm"
	"github.com/parley-ops/parley/services/actioner/internal/action/jvmgc"
	"github.com/parley-ops/parley/services/actioner/internal/action/sandbox"
	"github.com/parley-ops/parley/services/actioner/internal/action/webhook"
)

// Kinds returns every kind by the name that actions call it.
func Kinds() map[string]action.Maker {
	return map[string]action.Maker{
		"aws-asg":    awsasg.New,
		"aws-ec2":    awsec2.New,
		"aws-ecs":    awsecs.New,
		"aws-lambda": awslambda.New,
		"aws-rds":    awsrds.New,
		"aws-ssm":    awsssm.New,
		"jvm-gc":     jvmgc.New,
		"sandbox":    sandbox.New,
		"webhook":    webhook.New,
	}
}
