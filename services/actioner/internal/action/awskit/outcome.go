package awskit

import (
	"errors"
	"net"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/internal/account"
)

// Before returns what an error of a call that only reads says: nothing was
// done, and whether trying again is any use. operation is the IAM action.
func (s *Session) Before(err error, operation string) error {
	if err == nil {
		return nil
	}
	said := account.Explain(err, s.Account, s.Region, operation)
	if errors.Is(said, account.ErrDenied) {
		return action.Refused(said.Error())
	}
	if refused(said) {
		return action.Failed(said.Error(), nil)
	}
	return action.NotDone(said.Error(), nil)
}

// Effect returns what an error of the call that acts says of its effect.
func (s *Session) Effect(err error, operation string) error {
	if err == nil {
		return nil
	}
	said := account.Explain(err, s.Account, s.Region, operation)
	switch {
	case errors.Is(said, account.ErrThrottled) || unsent(err):
		return action.NotDone(said.Error(), nil)
	case refused(said):
		return action.Failed(said.Error(), nil)
	}
	return action.Unknown(said.Error(), nil)
}

// refused reports whether AWS, or the lack of a way in, said no for good.
func refused(err error) bool {
	for _, no := range []error{account.ErrNoCredentials, account.ErrExpired, account.ErrDenied, account.ErrTrust, account.ErrSkew, account.ErrRegion, account.ErrNoRole} {
		if errors.Is(err, no) {
			return true
		}
	}
	if errors.Is(err, account.ErrThrottled) || errors.Is(err, account.ErrUnreachable) {
		return false
	}
	var answer *smithyhttp.ResponseError
	code := Code(err)
	// A lack of capacity is EC2's status 500, and nothing was done.
	return strings.HasPrefix(code, "Insufficient") || code != "" && code != "UnknownError" && errors.As(err, &answer) && answer.HTTPStatusCode()/100 == 4
}

// unsent reports whether the request cannot have arrived.
func unsent(err error) bool {
	var dial *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &dns)
}

// Code returns AWS' code of an error, or "".
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// DryRun says what the answer to a call with DryRun means: nil if it would be
// done. Source: EC2 API reference, "DryRun".
func (s *Session) DryRun(err error, operation string) error {
	switch Code(err) {
	case "DryRunOperation":
		return nil
	case "":
		if err == nil {
			return action.Failed("AWS did not heed DryRun; nothing more was done", nil)
		}
	}
	return s.Before(err, operation)
}
