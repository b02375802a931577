package world

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/iam"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

func roleID(account, role string) string {
	return fmt.Sprintf("AROA%016X", mix(hashString(hashString(1, account), role)))
}

// Home is the account that plain access keys belong to.
const Home = "111122223333"

// Identify tells whose access key it is: that of a session of an assumed role, else of
// the user of [Home], whose keys may have any id. Its errors are AWS's: ExpiredToken,
// InvalidClientTokenId.
func (w *World) Identify(accessKey, token string) (wire.Caller, error) {
	if !strings.HasPrefix(accessKey, sessionPrefix) {
		return wire.Caller{
			AccessKey: accessKey, Account: Home, ARN: "arn:aws:iam::" + Home + ":user/operator", UserID: "AIDASANDBOXOPERATOR00",
		}, nil
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	s, ok := w.sessions[accessKey]
	switch {
	case !ok || s.Token != token:
		return wire.Caller{}, &wire.Error{Code: "InvalidClientTokenId", JSON: "UnrecognizedClientException", Status: 403,
			Message: "The security token included in the request is invalid."}
	case !time.Now().Before(s.Expires):
		return wire.Caller{}, &wire.Error{Code: "ExpiredToken", JSON: "ExpiredTokenException", Status: 403,
			Message: "The security token included in the request is expired"}
	}
	return s.Caller, nil
}

// sessionPrefix begins the access keys of assumed roles, as AWS's do.
const sessionPrefix = "ASIA"

type session struct {
	Caller  wire.Caller `json:"caller"`
	Token   string      `json:"token"`
	Expires time.Time   `json:"expires"` // in real time, as clients look at their own clock
}

// maxSessions bounds what is remembered; the oldest goes first.
const maxSessions = 10_000

// Credentials are what AssumeRole hands out.
type Credentials struct {
	AccessKey, Secret, Token string
	Expires                  time.Time
}

// begin opens a session. The caller holds mu.
func (w *World) begin(c wire.Caller, expires time.Time) Credentials {
	cred := Credentials{
		AccessKey: sessionPrefix + rand.Text()[:16], Secret: rand.Text() + rand.Text()[:14],
		Token: "IQoJb3JpZ2lu" + rand.Text() + rand.Text(), Expires: expires,
	}
	c.AccessKey = cred.AccessKey
	now := time.Now()
	if len(w.sessions) >= maxSessions {
		oldest := ""
		for id, s := range w.sessions {
			if now.After(s.Expires) {
				delete(w.sessions, id)
			} else if oldest == "" || s.Expires.Before(w.sessions[oldest].Expires) {
				oldest = id
			}
		}
		if len(w.sessions) >= maxSessions {
			delete(w.sessions, oldest)
		}
	}
	w.sessions[cred.AccessKey] = session{Caller: c, Token: cred.Token, Expires: expires}
	return cred
}

// Authorize returns nil if r's caller may do r's action on resource (an ARN, or empty
// for all) with these condition keys, else an error in the words of r's service that
// names who, what, on which resource and why.
func (w *World) Authorize(r *wire.Request, resource string, context map[string][]string) error {
	return w.AuthorizeAction(r, r.Action(), resource, context)
}

// AuthorizeAction is [World.Authorize] for an action that is not named as the operation.
func (w *World) AuthorizeAction(r *wire.Request, action, resource string, context map[string][]string) error {
	if r.Caller.Role == "" {
		return nil
	}
	if resource == "" {
		resource = "*"
	}
	reason := "because no identity-based policy allows the " + action + " action"
	switch decision, _ := iam.Decide(w.policies(r.Caller), iam.Request{Action: action, Resource: resource, Context: context}); decision {
	case iam.Allowed:
		return nil
	case iam.Denied:
		reason = "with an explicit deny in an identity-based policy"
	}
	text := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", r.Caller.ARN, action, resource, reason)
	if r.Service.EC2 {
		return &wire.Error{Code: "UnauthorizedOperation", Status: 403, Message: "You are not authorized to perform this operation. " + text}
	}
	return &wire.Error{Code: "AccessDenied", JSON: "AccessDeniedException", Status: 403, Message: text}
}
