package account

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Error is what went wrong with a call to AWS, in words for people.
type Error struct {
	// Kind is one of this package's errors, or nil for what it knows nothing of.
	Kind error
	// Account, Region and Operation ("ec2:StopInstances") are where and what.
	Account   Account
	Region    string
	Operation string
	// What is what went wrong, Fix what to do about it.
	What, Fix string
	// Err is the cause.
	Err error
}

// Error returns where, what, and the fix.
func (e *Error) Error() string {
	where := "AWS account " + e.Account.String()
	if e.Account.ID == "" && e.Account.Name == "" {
		where = "AWS"
	}
	if e.Region != "" {
		where += ", " + e.Region
	}
	if e.Operation != "" {
		where += ", " + e.Operation
	}
	text := where + ": " + e.What
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.Err}
	}
	return []error{e.Kind, e.Err}
}

// Explain returns err, from a call of operation ("ec2:StopInstances", the name
// of its IAM action) in an account and region, as an [Error] for people, nil
// for nil. What is explained already stays as it is.
func Explain(err error, a Account, region, operation string) error {
	var done *Error
	if err == nil || errors.As(err, &done) {
		return err
	}
	e := &Error{Account: a, Region: region, Operation: operation, Err: err}
	assuming := assumesRole(err)
	if assuming {
		e.Operation = "sts:AssumeRole"
	}
	var api smithy.APIError
	code := ""
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	for _, row := range table {
		if row.matches(code, err, assuming) {
			e.Kind = row.kind
			e.What, e.Fix = row.words(e, api)
			return e
		}
	}
	e.What = "it did not work: " + short(err)
	if api != nil {
		e.What = fmt.Sprintf("%s: %s", code, clip(api.ErrorMessage()))
	}
	return e
}

// noRole is the error of acting on an account that has no role for it.
func noRole(a Account, region string) error {
	return &Error{Kind: ErrNoRole, Err: ErrNoRole, Account: a, Region: region, What: "it has no role for acting, so nothing is done there",
		Fix: "make one (deploy/aws) and name it as action_role in the accounts file"}
}

// assumesRole reports whether the call that failed is the one that gets the
// credentials for another.
func assumesRole(err error) bool {
	var op *smithy.OperationError
	for e := err; errors.As(e, &op); e = op.Err {
		if op.ServiceID == "STS" && strings.HasPrefix(op.OperationName, "AssumeRole") {
			return true
		}
	}
	return false
}

// skew returns by how much the machine's clock is ahead of AWS', 0 if the
// answer does not say.
func skew(err error) time.Duration {
	var resp *awshttp.ResponseError
	if !errors.As(err, &resp) || resp.Response == nil || resp.Response.Response == nil {
		return 0
	}
	at, e := http.ParseTime(resp.Response.Header.Get("Date"))
	if e != nil {
		return 0
	}
	return time.Since(at).Round(10 * time.Second)
}

func unreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || errors.As(err, &op) || timedOut(err)
}

func timedOut(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// short returns the innermost words of an error of the SDK, whose own begin
// with its machinery.
func short(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return clip(err.Error())
		}
		err = next
	}
}

// clip keeps an answer of AWS from filling a message.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 300 {
		return string(r[:299]) + "…"
	}
	return s
}
