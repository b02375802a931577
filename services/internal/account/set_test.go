package account_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/parley-ops/parley/services/internal/account"
)

// fakeSTS answers as STS does, and remembers what it was asked.
type fakeSTS struct {
	mu     sync.Mutex
	asked  []url.Values
	signed []string
	refuse func(r *http.Request, form url.Values) *http.Response
}

func (f *fakeSTS) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.asked, f.signed = append(f.asked, form), append(f.signed, r.URL.Host+" "+r.Header.Get("Authorization"))
	f.mu.Unlock()
	if f.refuse != nil {
		if resp := f.refuse(r, form); resp != nil {
			return resp, nil
		}
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
	}
	action := form.Get("Action")
	switch action {
	case "AssumeRole":
		until := time.Now().Add(15 * time.Minute).UTC().Format(time.RFC3339)
		return answer(r, 200, fmt.Sprintf(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, form.Get("RoleSessionName"), until)), nil
	case "GetCallerIdentity":
		return answer(r, 200, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>u</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`), nil
	}
	return refusal(r, 400, "InvalidAction", "no "+action, nil), nil
}

func (f *fakeSTS) count(action string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if a.Get("Action") == action {
			n++
		}
	}
	return n
}

func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/xml"}, "X-Amzn-Requestid": {"req-1"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}
}

func refusal(r *http.Request, status int, code, message string, header http.Header) *http.Response {
	resp := answer(r, status, fmt.Sprintf(`<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`, code, message))
	for k, v := range header {
		resp.Header[k] = v
	}
	return resp
}

const sandbox = "http://sandbox:4566"

func shop() account.Account {
	return account.Account{ID: "111122223333", Name: "shop", Regions: []string{"eu-west-1"}, Role: "arn:aws:iam::111122223333:role/parley-collector",
		ActionRole: "arn:aws:iam::111122223333:role/parley-actions", ExternalID: "hush-hush"}
}

// whoami calls through a configuration, as any client does.
func whoami(ctx context.Context, conf aws.Config) error {
	_, err := sts.NewFromConfig(conf).GetCallerIdentity(ctx, nil)
	return err
}

func TestRolesAreAssumedOncePerAccountRegionPurposeAndPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSTS{}
		set := account.New(account.Config{SandboxURL: sandbox, Transport: f}, shop())
		use := func(region string, p account.Purpose, who string) {
			t.Helper()
			conf, err := set.AWS(t.Context(), shop(), region, p, who)
			if err != nil {
				t.Fatal(err)
			}
			if err := whoami(t.Context(), conf); err != nil {
				t.Fatal(err)
			}
		}
		want := func(n int) {
			t.Helper()
			if got := f.count("AssumeRole"); got != n {
				t.Errorf("%d roles were assumed, want %d", got, n)
			}
		}
		use("eu-west-1", account.Read, "")
		use("eu-west-1", account.Read, "")
		want(1)
		use("us-east-1", account.Read, "")
		want(2)
		use("eu-west-1", account.Act, "U012 ann/ops")
		want(3)
		first, acting := f.asked[0], f.asked[len(f.asked)-2]
		if first.Get("RoleArn") != shop().Role || first.Get("ExternalId") != "hush-hush" || first.Get("RoleSessionName") != "parley-read" {
			t.Errorf("asked for %v", first)
		}
		if acting.Get("RoleArn") != shop().ActionRole || acting.Get("RoleSessionName") != "U012-ann-ops" {
			t.Errorf("asked for %v", acting)
		}
		last := f.signed[len(f.signed)-1]
		if !strings.Contains(last, "ASIAU012-ann-ops/") || !strings.Contains(last, "/eu-west-1/sts/") || !strings.HasPrefix(last, "sandbox:4566 ") {
			t.Errorf("the call was signed %s", last)
		}
		time.Sleep(10 * time.Minute)
		use("eu-west-1", account.Read, "")
		want(3)
		time.Sleep(4 * time.Minute) // a minute before they end
		use("eu-west-1", account.Read, "")
		want(4)
	})
}

func TestNothingIsActedOnWithoutARole(t *testing.T) {
	t.Parallel()
	a := shop()
	a.ActionRole = ""
	set := account.New(account.Config{SandboxURL: sandbox, Transport: &fakeSTS{}}, a)
	_, err := set.AWS(t.Context(), a, "eu-west-1", account.Act, "ann")
	if !errors.Is(err, account.ErrNoRole) || !strings.Contains(err.Error(), "shop (111122223333), eu-west-1") {
		t.Errorf("got %v", err)
	}
}

func TestSessionNamesAreAWSs(t *testing.T) {
	t.Parallel()
	f := func(who, want string) {
		t.Helper()
		if got := account.SessionName(who); got != want {
			t.Errorf("%q: got %q, want %q", who, got, want)
		}
	}
	f("ann@example.org", "ann@example.org")
	f("Zoë König", "Zo--K-nig")
	f("", "parley")
	f("a", "parley-a")
	f(strings.Repeat("x", 70), strings.Repeat("x", 64))
}

func TestWhoseCredentialsIsAskedOnce(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	t.Setenv("AWS_REGION", "eu-north-1")
	t.Setenv("AWS_ENDPOINT_URL", "http://elsewhere:1")
	t.Setenv("AWS_CA_BUNDLE", "") // it wants a transport of its own
	t.Setenv("AWS_CONFIG_FILE", "/nonexistent")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
	f := &fakeSTS{}
	cfg := account.Defaults()
	cfg.Transport = f
	set, err := cfg.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := set.Resolve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].ID != "123456789012" || got[0].Regions[0] != "eu-north-1" || got[0].Role != "" {
			t.Errorf("got %+v", got)
		}
	}
	if n := f.count("GetCallerIdentity"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	if a, ok := set.Get("123456789012"); !ok || a.Name != "123456789012" {
		t.Errorf("not found by its id: %+v", a)
	}
	if !strings.HasPrefix(f.signed[0], "elsewhere:1 ") || set.Sandbox() != "" {
		t.Errorf("AWS_ENDPOINT_URL was not honoured: %s", f.signed[0])
	}
}

func TestWhichAccountsThereAre(t *testing.T) {
	t.Parallel()
	f := func(name string, cfg account.Config, env map[string]string, want string) {
		t.Helper()
		set, err := cfg.Load(func(k string) (string, bool) { v, ok := env[k]; return v, ok })
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		got := set.Sandbox()
		for _, a := range set.Accounts() {
			got += fmt.Sprintf(" %s%v", a, a.Regions)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	def := account.Defaults()
	f("nothing is said", def, nil, "http://127.0.0.1:4566 shop (111122223333)[eu-west-1 us-east-1] data (444455556666)[eu-west-1 us-east-1]")
	f("an empty variable is as good as none", def, map[string]string{"AWS_REGION": ""}, "http://127.0.0.1:4566 shop (111122223333)[eu-west-1 us-east-1] data (444455556666)[eu-west-1 us-east-1]")
	f("usual settings", def, map[string]string{"AWS_PROFILE": "x", "AWS_REGION": "eu-west-3"}, " the account of these credentials[eu-west-3]")
	regions := def
	regions.Regions = []string{"eu-west-1"}
	f("regions are said", regions, map[string]string{"AWS_REGION": "eu-west-3"}, " the account of these credentials[eu-west-1]")
	none := def
	none.SandboxURL = "none"
	f("no sandbox", none, nil, "")
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	cfg := account.Config{SandboxURL: "sandbox", Protocol: "soap", Regions: []string{"Ireland"}}
	err := cfg.Validate()
	for _, want := range []string{"--aws-sandbox-url", "--aws-cloudwatch-protocol", "--aws-regions"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if _, err := (account.Config{File: "/nonexistent.yaml"}).Load(nil); err == nil || !strings.Contains(err.Error(), "--aws-accounts") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestFindSuggests(t *testing.T) {
	t.Parallel()
	set := account.New(account.Config{}, shop())
	if a, err := set.Find("shop"); err != nil || a.ID != "111122223333" {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := set.Find("shpo"); !errors.Is(err, account.ErrUnknown) || !strings.Contains(err.Error(), `"shop"`) {
		t.Errorf("got %v", err)
	}
}
