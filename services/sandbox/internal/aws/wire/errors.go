package wire

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is an answer that refuses, in any protocol.
type Error struct {
	Code    string // as the Query protocols name it: "Throttling"
	JSON    string // as JSON and CBOR name it, where that differs: "ThrottlingException"
	Message string
	Status  int // HTTP; 400 if 0
}

// Error is code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf is an [Error] with status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Validation is CloudWatch's and many others' answer to a request that is not well-formed.
func Validation(format string, args ...any) *Error {
	return &Error{Code: "ValidationError", JSON: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// Throttled is the answer to a caller that asks too often.
func Throttled() *Error {
	return &Error{Code: "Throttling", JSON: "ThrottlingException", Message: "Rate exceeded"}
}

// Denied is the answer to a caller who may not do r's action on resource (an ARN, or
// empty for all).
func Denied(r *Request, resource string) *Error {
	if resource == "" {
		resource = "*"
	}
	text := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action", r.Caller.ARN, r.Action(), resource, r.Action())
	return &Error{Code: "AccessDenied", JSON: "AccessDeniedException", Status: http.StatusForbidden, Message: text}
}

// Expired is the answer to credentials whose time is over.
func Expired() *Error {
	return &Error{Code: "ExpiredToken", JSON: "ExpiredTokenException", Status: http.StatusForbidden, Message: "The security token included in the request is expired"}
}

// asError is err in the words of the request's protocol: EC2 has its own for what
// concerns credentials and permissions.
func (r *Request) asError(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Code: "InternalFailure", Status: http.StatusInternalServerError, Message: err.Error()}
	}
	if r.protocol != protocolEC2 {
		return e
	}
	switch e.Code {
	case "AccessDenied":
		return &Error{Code: "UnauthorizedOperation", Status: http.StatusForbidden, Message: "You are not authorized to perform this operation. " + e.Message}
	case "ExpiredToken":
		return &Error{Code: "RequestExpired", Message: "Request has expired."}
	case "Throttling":
		return &Error{Code: "RequestLimitExceeded", Status: http.StatusServiceUnavailable, Message: "Request limit exceeded."}
	case "InvalidClientTokenId":
		return &Error{Code: "AuthFailure", Status: http.StatusUnauthorized, Message: "AWS was not able to validate the provided access credentials"}
	}
	return e
}

func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// typ is how Query names whose fault it is.
func (e *Error) typ() string {
	if e.status() >= 500 {
		return "Receiver"
	}
	return "Sender"
}

func (e *Error) json() string {
	if e.JSON != "" {
		return e.JSON
	}
	return e.Code
}
