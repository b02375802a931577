package account_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/internal/account"
)

// TestErrorsAreExplained has the SDK read each refusal from the wire.
func TestErrorsAreExplained(t *testing.T) {
	t.Parallel()
	type refuse = func(r *http.Request, form url.Values) *http.Response
	is := func(status int, code, message string) refuse {
		return func(r *http.Request, form url.Values) *http.Response {
			if form.Get("Action") == "AssumeRole" {
				return nil
			}
			return refusal(r, status, code, message, nil)
		}
	}
	date := func(d time.Duration) http.Header {
		return http.Header{"Date": {time.Now().Add(d).UTC().Format(http.TimeFormat)}}
	}
	f := func(name string, r refuse, operation string, kind error, words ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := shop()
				set := account.New(account.Config{SandboxURL: sandbox, Transport: &fakeSTS{refuse: r}}, a)
				conf, err := set.AWS(t.Context(), a, "eu-west-1", account.Read, "")
				if err != nil {
					t.Fatal(err)
				}
				cause := whoami(t.Context(), conf)
				err = account.Explain(cause, a, "eu-west-1", operation)
				if !errors.Is(err, kind) || !errors.Is(err, cause) {
					t.Fatalf("got %v\nof  %v\nwant %v", err, cause, kind)
				}
				for _, w := range append(words, "shop (111122223333)", "eu-west-1", ";") {
					if !strings.Contains(err.Error(), w) {
						t.Errorf("%q lacks %q", err, w)
					}
				}
				if strings.Contains(err.Error(), "hush-hush") {
					t.Errorf("the external id is in %q", err)
				}
				if again := account.Explain(fmt.Errorf("poll: %w", err), a, "x", "y"); !strings.Contains(again.Error(), "eu-west-1") || strings.Contains(again.Error(), "x, y") {
					t.Errorf("explained twice: %v", again)
				}
			})
		})
	}
	f("expired", is(403, "ExpiredToken", "The security token included in the request is expired"), "ec2:DescribeInstances", account.ErrExpired, "ec2:DescribeInstances", "sign in again")
	f("expired, of EC2", func(r *http.Request, form url.Values) *http.Response {
		return refusal(r, 400, "RequestExpired", "Request has expired.", date(0))
	}, "ec2:DescribeInstances", account.ErrExpired, "sign in again")
	f("clock behind, of EC2", func(r *http.Request, form url.Values) *http.Response {
		return refusal(r, 400, "RequestExpired", "Request has expired.", date(17*time.Minute))
	}, "ec2:DescribeInstances", account.ErrSkew, "17m0s behind", "NTP")
	f("denied", is(403, "AccessDenied", "User is not authorized"), "cloudwatch:GetMetricData", account.ErrDenied, "cloudwatch:GetMetricData", "role/parley-collector", "parley aws doctor --policy")
	f("denied an action", is(403, "UnauthorizedOperation", "You are not authorized"), "ec2:StopInstances", account.ErrDenied, "ec2:StopInstances", "role/parley-actions", "parley:actions=allowed")
	f("denied explicitly", is(403, "AccessDenied", "not authorized with an explicit deny in a service control policy"), "ec2:StopInstances", account.ErrDenied, "denies it explicitly", "SCP")
	f("trust", func(r *http.Request, form url.Values) *http.Response {
		return refusal(r, 403, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/parley-collector", nil)
	}, "cloudwatch:ListMetrics", account.ErrTrust, "sts:AssumeRole", "role/parley-collector refuses", "sts:ExternalId", "external_id")
	f("clock behind", func(r *http.Request, form url.Values) *http.Response {
		return refusal(r, 403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", date(17*time.Minute))
	}, "ec2:DescribeInstances", account.ErrSkew, "17m0s behind", "NTP")
	f("clock ahead, as a signature", func(r *http.Request, form url.Values) *http.Response {
		return refusal(r, 403, "SignatureDoesNotMatch", "Signature not yet current", date(-20*time.Minute))
	}, "ec2:DescribeInstances", account.ErrSkew, "20m0s ahead")
	f("wrong secret", is(403, "SignatureDoesNotMatch", "The request signature we calculated does not match"), "ec2:DescribeInstances", account.ErrDenied, "AWS_SECRET_ACCESS_KEY")
	f("region disabled", is(403, "InvalidClientTokenId", "The security token included in the request is invalid."), "ec2:DescribeInstances", account.ErrRegion, "has not enabled eu-west-1")
	f("throttled", is(400, "Throttling", "Rate exceeded"), "cloudwatch:GetMetricData", account.ErrThrottled, "slows down")
	f("unsigned", is(403, "MissingAuthenticationToken", "Missing"), "ec2:DescribeInstances", account.ErrDenied, "proxy")
}

func TestWhatIsNotReached(t *testing.T) {
	t.Parallel()
	f := func(err error, kind error, words string) {
		t.Helper()
		got := account.Explain(err, shop(), "eu-wset-1", "ec2:DescribeInstances")
		if !errors.Is(got, kind) || !strings.Contains(got.Error(), words) || !strings.Contains(got.Error(), "eu-wset-1") {
			t.Errorf("%v: got %v", err, got)
		}
	}
	f(&net.DNSError{Err: "no such host", Name: "ec2.eu-wset-1.amazonaws.com", IsNotFound: true}, account.ErrUnreachable, "no such host as ec2.eu-wset-1.amazonaws.com")
	f(&net.OpError{Op: "dial", Err: errors.New("connection refused")}, account.ErrUnreachable, "no answer")
	f(context.DeadlineExceeded, account.ErrUnreachable, "no answer (not in time); see the network: a proxy, a firewall, or a VPC endpoint that this region lacks; other accounts and regions go on")
	f(&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, account.ErrUnreachable, "no answer (not in time)")
	if account.Explain(nil, shop(), "", "") != nil {
		t.Error("nil was explained")
	}
	got := account.Explain(errors.New("what?"), shop(), "eu-west-1", "ec2:DescribeInstances")
	if want := "AWS account shop (111122223333), eu-west-1, ec2:DescribeInstances: it did not work: what?"; got.Error() != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNoCredentials(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CA_BUNDLE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_REGION", "eu-west-1")
	cfg := account.Defaults()
	cfg.Transport = &fakeSTS{}
	set, err := cfg.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = set.Resolve(t.Context()); !errors.Is(err, account.ErrNoCredentials) || !strings.Contains(err.Error(), "AWS_PROFILE") {
		t.Errorf("got %v", err)
	}
}

// A region that does not answer holds up no other.
func TestRegionsAreApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSTS{refuse: func(r *http.Request, _ url.Values) *http.Response {
			if strings.Contains(r.Header.Get("Authorization"), "/us-east-1/") {
				<-r.Context().Done()
			}
			return nil
		}}
		set := account.New(account.Config{SandboxURL: sandbox, Transport: f}, shop())
		slow, err := set.AWS(t.Context(), shop(), "us-east-1", account.Read, "")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		began := time.Now()
		go func() { done <- whoami(t.Context(), slow) }()
		fast, err := set.AWS(t.Context(), shop(), "eu-west-1", account.Read, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := whoami(t.Context(), fast); err != nil || time.Since(began) != 0 {
			t.Errorf("held up for %s: %v", time.Since(began), err)
		}
		err = account.Explain(<-done, shop(), "us-east-1", "sts:GetCallerIdentity")
		if !errors.Is(err, account.ErrUnreachable) || time.Since(began) > 5*account.Timeout {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}
