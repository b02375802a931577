package account

import "errors"

// What [Explain] tells apart.
var (
	// ErrNoCredentials: neither environment nor files nor the machine have any.
	ErrNoCredentials = errors.New("no AWS credentials")
	// ErrExpired: the credentials are no longer good.
	ErrExpired = errors.New("AWS credentials have expired")
	// ErrDenied: the credentials are good, and may not do this.
	ErrDenied = errors.New("AWS permission is missing")
	// ErrTrust: the role does not let us in: it trusts somebody else, wants
	// another external id, or is not there.
	ErrTrust = errors.New("the AWS role refuses to be assumed")
	// ErrSkew: this machine's clock is wrong.
	ErrSkew = errors.New("this machine's clock differs from AWS'")
	// ErrUnreachable: no answer, or no such place.
	ErrUnreachable = errors.New("AWS does not answer")
	// ErrRegion: the account has not enabled this region, or its keys are not
	// known there.
	ErrRegion = errors.New("the region does not know these credentials")
	// ErrThrottled: too much was asked for; ask again later.
	ErrThrottled = errors.New("AWS throttles")
	// ErrNoRole: the account has no role for acting.
	ErrNoRole = errors.New("the account has no action role")
	// ErrUnknown: no account has this id or name.
	ErrUnknown = errors.New("unknown account")
)
