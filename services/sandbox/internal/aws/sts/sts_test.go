package sts

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

const role = "arn:aws:iam::444455556666:role/parley-collector"

func TestIdentity(t *testing.T) {
	t.Parallel()
	_, cfg := awstest.New(t, Register)
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *out.Account != world.Home || *out.Arn != "arn:aws:iam::111122223333:user/operator" {
		t.Fatalf("%v, %v", out, err)
	}
	for key, code := range map[string]string{"EXPIRED1": "ExpiredToken", "DENIED1": "AccessDenied", "ASIA0000000000000000": "InvalidClientTokenId"} {
		_, err := sts.NewFromConfig(awstest.Config(*cfg.BaseEndpoint, key, "")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		awstest.Want(t, err, code)
	}
}

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := sts.NewFromConfig(cfg)
	assume := func(arn, session, id string, seconds int32) (*sts.AssumeRoleOutput, error) {
		in := &sts.AssumeRoleInput{RoleArn: sdk.String(arn), RoleSessionName: sdk.String(session), DurationSeconds: sdk.Int32(seconds)}
		if id != "" {
			in.ExternalId = sdk.String(id)
		}
		return c.AssumeRole(t.Context(), in)
	}
	out, err := assume(role, "U00OPERATOR", world.Foreign, 900)
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Until(*out.Credentials.Expiration); d < 14*time.Minute || d > 15*time.Minute {
		t.Errorf("expires in %v", d)
	}
	as := awstest.Config(*cfg.BaseEndpoint, *out.Credentials.AccessKeyId, *out.Credentials.SessionToken)
	who, err := sts.NewFromConfig(as).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != "arn:aws:sts::444455556666:assumed-role/parley-collector/U00OPERATOR" || *who.Account != world.Data {
		t.Errorf("%v, %v", who, err)
	}
	for _, stolen := range []string{"", *out.Credentials.SessionToken + "AAAA", "AAAA" + (*out.Credentials.SessionToken)[4:]} {
		_, err := w.Identify(*out.Credentials.AccessKeyId, stolen)
		awstest.Want(t, err, "InvalidClientTokenId: The security token included in the request is invalid.")
	}
	for _, v := range []struct{ arn, session, id, code string }{
		{role, "s1", "", "AccessDenied"}, {role, "s1", "another-id", "AccessDenied"},
		{"arn:aws:iam::777788889999:role/parley-collector", "s1", world.Foreign, "AccessDenied"},
		{"arn:aws:iam::444455556666:role/absent", "s1", world.Foreign, "AccessDenied"},
		{role, "no spaces", world.Foreign, "ValidationError"}, {"parley-collector-of-shop", "s1", world.Foreign, "ValidationError"},
	} {
		_, err := assume(v.arn, v.session, v.id, 900)
		if says := awstest.Want(t, err, v.code); v.code == "AccessDenied" && !strings.Contains(says, "sts:AssumeRole on resource: "+v.arn) {
			t.Errorf("says %q", says)
		}
	}
	_, err = assume(role, "s1", world.Foreign, 50_000)
	awstest.Want(t, err, "ValidationError")
}
