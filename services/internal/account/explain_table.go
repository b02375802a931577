package account

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go"
)

// row says of one family of errors what it is and what to do about it.
type row struct {
	kind error
	// codes are AWS', or test looks at the error itself.
	codes []string
	test  func(err error) bool
	// assuming rows are for the call that assumes a role alone.
	assuming bool
	words    func(e *Error, api smithy.APIError) (what, fix string)
}

func (r row) matches(code string, err error, assuming bool) bool {
	if r.assuming && !assuming {
		return false
	}
	return code != "" && slices.Contains(r.codes, code) || r.test != nil && r.test(err)
}

// refusedRole is where STS says which role it was.
var refusedRole = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`on resource: (arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512})`)
})

// table is gone through from the top. Codes: the common errors of AWS' API
// references, and those of EC2, CloudWatch, STS and SQS.
var table = []row{
	{kind: ErrExpired, codes: []string{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}, words: expiredWords},
	{kind: ErrSkew, codes: []string{"RequestTimeTooSkewed", "RequestInTheFuture"}, words: clockWords},
	// EC2 says the same of credentials and of a signature that are too old; the
	// answer's date tells which.
	{kind: ErrExpired, codes: []string{"RequestExpired"}, words: func(e *Error, api smithy.APIError) (string, string) {
		if skew(e.Err).Abs() > time.Minute || strings.Contains(api.ErrorMessage(), "Signature") {
			e.Kind = ErrSkew
			return clockWords(e, api)
		}
		return expiredWords(e, api)
	}},
	{kind: ErrSkew, codes: []string{"SignatureDoesNotMatch", "InvalidSignatureException"}, test: nil,
		words: func(e *Error, api smithy.APIError) (string, string) {
			if d := skew(e.Err); d.Abs() > time.Minute || strings.Contains(strings.ToLower(api.ErrorMessage()), "expired") || strings.Contains(api.ErrorMessage(), "not yet current") {
				return clockWords(e, api)
			}
			e.Kind = ErrDenied
			return "the signature is not the one AWS computes", "the secret key does not belong to the access key: set AWS_SECRET_ACCESS_KEY anew (a proxy that changes requests does this too)"
		}},
	{kind: ErrTrust, assuming: true, codes: []string{"AccessDenied", "AccessDeniedException"},
		words: func(e *Error, api smithy.APIError) (string, string) {
			role := "the role"
			if m := refusedRole().FindStringSubmatch(api.ErrorMessage()); m != nil {
				role += " " + m[1]
			}
			return role + " refuses to be assumed",
				"see that the role is there, that its trust policy names Parley's principal, and that sts:ExternalId there is external_id in the accounts file; and that Parley's own identity may sts:AssumeRole on it"
		}},
	{kind: ErrRegion, assuming: true, codes: []string{"RegionDisabledException"}, words: regionWords},
	{kind: ErrDenied, codes: []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation", "NotAuthorized", "AuthorizationError", "AuthorizationErrorException", "UnauthorizedException"},
		words: func(e *Error, api smithy.APIError) (string, string) {
			what := e.role() + " may not do that"
			if strings.Contains(api.ErrorMessage(), "explicit deny") {
				return what + ": a policy denies it explicitly", "an organisation's policy (SCP), a boundary or the tag parley:protected says no; that has to be changed by whoever set it"
			}
			fix := "add " + e.Operation + " to that role's policy: deploy/aws/iam has it, `parley aws doctor --policy` prints what is needed"
			if tagged(e.Operation) {
				fix = "give the resource the tag parley:actions=allowed, or " + fix
			}
			return what, fix
		}},
	{kind: ErrRegion, codes: []string{"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired", "RegionDisabledException", "SubscriptionRequiredException"}, words: regionWords},
	{kind: ErrDenied, codes: []string{"MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature"},
		words: func(*Error, smithy.APIError) (string, string) {
			return "the request came without a signature", "see what is between Parley and AWS: a proxy drops the header Authorization"
		}},
	{kind: ErrThrottled, codes: []string{"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException", "RequestThrottled", "RequestThrottledException", "EC2ThrottledException", "SlowDown", "PriorRequestNotComplete", "LimitExceededException", "BandwidthLimitExceeded"},
		words: func(*Error, smithy.APIError) (string, string) {
			return "AWS throttles: more was asked for than this account may", "Parley slows down by itself and asks again; if it lasts, see what else in the account calls this, or raise the quota"
		}},
	{kind: ErrNoCredentials, test: func(err error) bool {
		s := err.Error()
		return strings.Contains(s, "no EC2 IMDS role found") ||
			strings.Contains(s, "static credentials are empty") || strings.Contains(s, "failed to get shared config profile") || strings.Contains(s, "no valid providers in chain")
	}, words: func(e *Error, _ smithy.APIError) (string, string) {
		return "no credentials were found", "give the usual AWS settings (AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role of the machine or container); in docker-compose they go into .env"
	}},
	{kind: ErrUnreachable, test: unreachable, words: func(e *Error, _ smithy.APIError) (string, string) {
		var dns *net.DNSError
		if errors.As(e.Err, &dns) && dns.IsNotFound {
			return "there is no such host as " + dns.Name, "see that the region is spelled right (" + e.Region + "), and AWS_ENDPOINT_URL and the name servers"
		}
		why := short(e.Err)
		if timedOut(e.Err) { // the client has several words for it
			why = "not in time"
		}
		return "no answer (" + why + ")", "see the network: a proxy, a firewall, or a VPC endpoint that this region lacks; other accounts and regions go on"
	}},
}

// role says who it is that may not.
func (e *Error) role() string {
	acts := tagged(e.Operation)
	role := e.Account.Role
	if acts {
		role = e.Account.ActionRole
	}
	if role == "" {
		return "these credentials"
	}
	return role
}

// tagged reports whether the action role allows an operation on tagged
// resources only: whatever changes something does.
func tagged(operation string) bool {
	_, verb, _ := strings.Cut(operation, ":")
	return operation != "" && !slices.ContainsFunc(readVerbs, func(v string) bool { return strings.HasPrefix(verb, v) })
}

// readVerbs are what operations begin with that change nothing.
var readVerbs = []string{"Get", "List", "Describe", "Receive", "Search"}

func expiredWords(*Error, smithy.APIError) (string, string) {
	return "the credentials have expired", "sign in again or give new ones (AWS_ACCESS_KEY_ID …, or `aws sso login`); roles of instances and containers renew themselves"
}

func clockWords(e *Error, _ smithy.APIError) (string, string) {
	what := "AWS refuses requests with this machine's time"
	if d := skew(e.Err); d > time.Second {
		what += fmt.Sprintf(", which is %s ahead", d)
	} else if d < -time.Second {
		what += fmt.Sprintf(", which is %s behind", -d)
	}
	return what, "set the clock (NTP, chrony); a machine that slept or a paused virtual machine needs a moment"
}

func regionWords(e *Error, _ smithy.APIError) (string, string) {
	return "these credentials are not known there", "if other regions work, the account has not enabled " + word(e.Region, "this region") +
		" (enable it, or take it out of regions); if none does, the access key is wrong or was deleted"
}

func word(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
