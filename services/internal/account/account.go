package account

import (
	"strings"

	"github.com/parley-ops/parley/services/internal/config"
)

// Account is one AWS account that is watched, acted on, or both.
type Account struct {
	// ID has twelve digits; it is empty while nobody knows whose the
	// credentials are, until [Set.Resolve].
	ID string
	// Name is for people; the id where there is no other.
	Name string
	// Team is the label team of what is collected here.
	Team string
	// Regions are those that are watched.
	Regions []string
	// Role and ActionRole are ARNs of roles to assume, for reading and for
	// acting; without one the process's own credentials are used for reading,
	// and nothing is acted on.
	Role, ActionRole string
	// ExternalID goes with both roles.
	ExternalID config.Secret
	// Services are the AWS services that are watched; none means all that
	// policies look at.
	Services []string
	// Tags are matchers on tags: resources without them are not watched.
	Tags map[string]string
	// Linked: this is a monitoring account, and metrics of the accounts that
	// share theirs with it are read through it too.
	Linked bool
	// Budget is what watching may cost, in USD a month; 0 is no limit.
	Budget float64
	// FreeTier keeps to what AWS gives for nothing.
	FreeTier bool
	// Labels are the names of tags that become labels.
	Labels []string
	// Queue is the URL of an SQS queue with this account's events; "" is none.
	Queue string
}

// String returns the name and id, for people.
func (a Account) String() string {
	switch {
	case a.ID == "" && a.Name == "":
		return "the account of these credentials"
	case a.Name == "" || a.Name == a.ID:
		return a.ID
	case a.ID == "":
		return a.Name
	}
	return a.Name + " (" + a.ID + ")"
}

// Purpose is what credentials are for.
type Purpose int

const (
	// Read is watching: the collector's role, which can change nothing.
	Read Purpose = iota
	// Act is acting: the action role.
	Act
)

// String returns "read" or "act".
func (p Purpose) String() string {
	if p == Act {
		return "act"
	}
	return "read"
}

// role returns the role of a purpose, "" where own credentials do.
func (a Account) role(p Purpose) string {
	if p == Act {
		return a.ActionRole
	}
	return a.Role
}

// roleARN makes an ARN of a role's name in an account.
func roleARN(role, id, region string) string {
	if role == "" || strings.HasPrefix(role, "arn:") {
		return role
	}
	return "arn:" + Partition(region) + ":iam::" + id + ":role/" + role
}

// Partition returns the part of AWS that a region is in: aws, aws-cn or
// aws-us-gov.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// SessionName makes of who (a chat user's id, an instance's name) what AWS
// takes as a role's session name, [\w+=,.@-]{2,64}, so that CloudTrail shows
// who it was. Source: API reference of sts:AssumeRole.
func SessionName(who string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_+=,.@-", r):
			return r
		}
		return '-'
	}, who)
	if len(name) < 2 {
		name = "parley-" + name
	}
	return strings.TrimRight(name[:min(len(name), 64)], "-")
}
