package wire

import (
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// Caller is who made a request.
type Caller struct {
	AccessKey string
	Account   string // twelve digits
	ARN       string // "arn:aws:iam::111122223333:root", "arn:aws:sts::444455556666:assumed-role/parley-collector/session"
	UserID    string // as GetCallerIdentity names it
	Role      string // name of the assumed role; empty for the account's own keys
	Session   string // name of the role's session; empty for the account's own keys
}

// MaxSkew is how far a signature's time may be from real time.
const MaxSkew = 5 * time.Minute

const algorithm = "AWS4-HMAC-SHA256"

type signature struct {
	accessKey, region, service, token string
	at                                time.Time
}

// parseAuthorization reads a Signature Version 4. It returns
// MissingAuthenticationToken or IncompleteSignature.
func parseAuthorization(r *http.Request) (signature, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return signature{}, &Error{Code: "MissingAuthenticationToken", JSON: "MissingAuthenticationTokenException", Status: http.StatusForbidden, Message: "Request is missing Authentication Token"}
	}
	bad := func(message string) (signature, error) {
		return signature{}, &Error{Code: "IncompleteSignature", JSON: "IncompleteSignatureException", Status: http.StatusForbidden, Message: message}
	}
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return bad("Authorization header requires 'Credential' parameter and the algorithm " + algorithm + ".")
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(scope) < 5 || scope[len(scope)-1] != "aws4_request" {
		return bad("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + parts["Credential"] + "'")
	}
	n := len(scope)
	s := signature{
		accessKey: strings.Join(scope[:n-4], "/"), region: scope[n-3], service: scope[n-2],
		token: r.Header.Get("X-Amz-Security-Token"),
	}
	if sum, err := hex.DecodeString(parts["Signature"]); err != nil || len(sum) != 32 {
		return bad("Authorization header requires 'Signature' parameter of 64 hexadecimal digits.")
	}
	if !strings.Contains(";"+parts["SignedHeaders"]+";", ";host;") {
		return bad("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return bad("Date must be in ISO-8601 'basic format'. Got '" + r.Header.Get("X-Amz-Date") + "'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	if s.at = at; at.Format("20060102") != scope[n-4] {
		return bad("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" + scope[n-4] + "' != '" + at.Format("20060102") + "'")
	}
	if s.accessKey == "" || s.region == "" || s.service == "" {
		return bad("Credential must name a key, a region and a service.")
	}
	return s, nil
}

// checkTime refuses a signature that is more than [MaxSkew] from now, in the words
// of the protocol's services.
func (s signature) checkTime(now time.Time, p protocol) error {
	const layout = "20060102T150405Z"
	now = now.UTC()
	var message string
	switch early, late := now.Add(-MaxSkew), now.Add(MaxSkew); {
	case s.at.Before(early):
		message = "Signature expired: " + s.at.Format(layout) + " is now earlier than " + early.Format(layout) + " (" + now.Format(layout) + " - 5 min.)"
	case s.at.After(late):
		message = "Signature not yet current: " + s.at.Format(layout) + " is still later than " + late.Format(layout) + " (" + now.Format(layout) + " + 5 min.)"
	default:
		return nil
	}
	if p == protocolEC2 {
		return &Error{Code: "RequestExpired", Status: http.StatusBadRequest, Message: "Request has expired. " + message}
	}
	return &Error{Code: "SignatureDoesNotMatch", JSON: "InvalidSignatureException", Status: http.StatusForbidden, Message: message}
}
