package world

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/iam"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// The accounts there are.
const (
	Home    = "111122223333" // the shop: plain access keys belong to it
	Data    = "444455556666" // the analysts, by an assumed role only
	Nobody  = "777788889999" // its role trusts nobody
	eu      = "eu-west-1"
	us      = "us-east-1"
	Foreign = "parley-sandbox-external-id" // the ExternalId that the roles ask for
)

// Regions are those that the accounts may use.
var Regions = []string{
	"ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
	eu, "eu-west-2", "eu-west-3", "sa-east-1", us, "us-east-2", "us-west-1", "us-west-2",
}

//go:embed collector.json
var collectorPolicy []byte

//go:embed events.json
var eventsPolicy []byte

//go:embed actions.json
var actionsPolicy []byte

// role is what somebody can be for a while.
type role struct {
	trusts     []string // accounts whose callers may assume it
	externalID string   // that they have to give
	policies   []iam.Policy
}

// addRoles gives every account the two roles that deploy/aws makes.
func (w *World) addRoles() error {
	documents := map[string][][]byte{"parley-collector": {collectorPolicy, eventsPolicy}, "parley-actions": {actionsPolicy}}
	for name, list := range documents {
		r := role{trusts: []string{Home}, externalID: Foreign}
		for _, document := range list {
			policy, err := iam.Parse(document)
			if err != nil {
				return fmt.Errorf("role %s: %w", name, err)
			}
			r.policies = append(r.policies, policy)
		}
		w.roles[roleARN(Home, name)], w.roles[roleARN(Data, name)] = r, r
		r.trusts = nil
		w.roles[roleARN(Nobody, name)] = r
	}
	return nil
}

func roleARN(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }

// policies are those of the caller's role; none for a role that is gone.
func (w *World) policies(c wire.Caller) []iam.Policy {
	return w.roles[roleARN(c.Account, c.Role)].policies
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// AssumeRole lets r's caller be a role for a while (15 minutes to 12 hours, in real
// time). Errors: ValidationError, and AccessDenied for a role that is not there, does
// not trust the caller's account, or asks for another ExternalId, all in the same words.
func (w *World) AssumeRole(r *wire.Request, arn, session, externalID string, lasts time.Duration) (wire.Caller, Credentials, error) {
	var nobody wire.Caller
	parts := strings.SplitN(arn, ":", 6)
	switch {
	case len(parts) != 6 || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/"):
		return nobody, Credentials{}, wire.Errorf("ValidationError", "%s is invalid", arn)
	case !sessionName.MatchString(session):
		return nobody, Credentials{}, wire.Errorf("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*", session)
	case lasts < 15*time.Minute || lasts > 12*time.Hour:
		return nobody, Credentials{}, wire.Errorf("ValidationError", "1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200", int(lasts.Seconds()))
	case r.Caller.Role != "" && lasts > time.Hour:
		return nobody, Credentials{}, wire.Errorf("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	to, ok := w.roles[arn]
	if !ok || !slices.Contains(to.trusts, r.Caller.Account) || to.externalID != "" && to.externalID != externalID {
		return nobody, Credentials{}, &wire.Error{Code: "AccessDenied", Status: 403,
			Message: fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", r.Caller.ARN, arn)}
	}
	name := strings.TrimPrefix(parts[5], "role/")
	c := wire.Caller{
		Account: parts[4], Role: name, Session: session,
		ARN:    fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", parts[4], name, session),
		UserID: roleID(parts[4], name) + ":" + session,
	}
	return c, w.begin(c, time.Now().Add(lasts).Truncate(time.Second)), nil
}
