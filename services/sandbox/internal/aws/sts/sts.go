package sts

import (
	"context"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{Scope: "sts", IAM: "sts", Version: "2011-06-15", XMLNS: "https://sts.amazonaws.com/doc/2011-06-15/"}

// Register adds STS's operations to mux.
func Register(mux *wire.Mux, w *world.World) {
	mux.Handle(service, "GetCallerIdentity", func(_ context.Context, r *wire.Request) (wire.Answer, error) {
		return wire.Map{"Account": r.Caller.Account, "Arn": r.Caller.ARN, "UserId": r.Caller.UserID}, nil
	})
	mux.Handle(service, "AssumeRole", func(_ context.Context, r *wire.Request) (wire.Answer, error) {
		lasts := time.Duration(r.Int("DurationSeconds", 3600)) * time.Second
		if err := r.Err(); err != nil {
			return nil, err
		}
		r.Touch(r.Text("RoleArn"))
		c, cred, err := w.AssumeRole(r, r.Text("RoleArn"), r.Text("RoleSessionName"), r.Text("ExternalId"), lasts)
		if err != nil {
			return nil, err
		}
		return wire.Map{
			"Credentials": wire.Map{
				"AccessKeyId": cred.AccessKey, "SecretAccessKey": cred.Secret, "SessionToken": cred.Token, "Expiration": cred.Expires,
			},
			"AssumedRoleUser":  wire.Map{"Arn": c.ARN, "AssumedRoleId": c.UserID},
			"PackedPolicySize": 6,
		}, nil
	})
}
