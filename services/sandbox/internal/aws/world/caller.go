package world

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/iam"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

func roleID(account, role string) string {
	return fmt.Sprintf("AROA%016X", mix(hashString(hashString(1, account), role)))
}

// Identify tells whose access key it is: that of a session of an assumed role, else of
// the user of [Home], whose keys may have any id. Its errors are AWS's: ExpiredToken,
// InvalidClientTokenId.
func (w *World) Identify(accessKey, token string) (wire.Caller, error) {
	if !strings.HasPrefix(accessKey, sessionPrefix) {
		return wire.Caller{
			AccessKey: accessKey, Account: Home, ARN: "arn:aws:iam::" + Home + ":user/operator", UserID: "AIDASANDBOXOPERATOR00",
		}, nil
	}
	s, ok := w.open(accessKey, token)
	switch {
	case !ok:
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

// session is what a token says. It is signed, not remembered, so that it outlives a
// restart and there is nothing to bound.
type session struct {
	Caller  wire.Caller
	Expires time.Time // in real time, as clients look at their own clock
}

// Credentials are what AssumeRole hands out.
type Credentials struct {
	AccessKey, Secret, Token string
	Expires                  time.Time
}

// begin opens a session.
func (w *World) begin(c wire.Caller, expires time.Time) Credentials {
	c.AccessKey = sessionPrefix + rand.Text()[:16]
	body, err := json.Marshal(session{Caller: c, Expires: expires})
	if err != nil {
		panic(err) // strings and a time
	}
	return Credentials{
		AccessKey: c.AccessKey, Secret: rand.Text() + rand.Text()[:14], Expires: expires,
		Token: base64.StdEncoding.EncodeToString(append(w.sign(body), body...)),
	}
}

func (w *World) sign(body []byte) []byte {
	mac := hmac.New(sha256.New, binary.BigEndian.AppendUint64(nil, w.seed))
	mac.Write(body)
	return mac.Sum(nil)
}

// open reads a token, and tells whether it is ours and of this access key.
func (w *World) open(accessKey, token string) (s session, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(raw) <= sha256.Size || !hmac.Equal(raw[:sha256.Size], w.sign(raw[sha256.Size:])) {
		return s, false
	}
	err = json.Unmarshal(raw[sha256.Size:], &s)
	return s, err == nil && s.Caller.AccessKey == accessKey
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
