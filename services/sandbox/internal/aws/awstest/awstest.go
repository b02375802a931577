package awstest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"

	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// Now is when the worlds of tests begin.
var Now = time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC)

// Home is where the shop is.
var Home = world.Key{Account: world.Home, Region: "eu-west-1"}

// New serves these services of a new world, and returns it with an SDK configuration
// of its user, for whom everything is allowed, in eu-west-1.
func New(t testing.TB, services ...func(*wire.Mux, *world.World)) (*world.World, sdk.Config) {
	t.Helper()
	w, err := world.New(world.Options{Seed: 1, Start: Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetClock(world.Clock{Now: Now, Frozen: true}); err != nil {
		t.Fatal(err)
	}
	mux := wire.New(wire.Hooks{Identify: w.Identify})
	for _, register := range services {
		register(mux, w)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return w, Config(server.URL, "AKIASANDBOX", "")
}

// Config is an SDK configuration for a server and these keys.
func Config(url, key, token string) sdk.Config {
	return sdk.Config{
		HTTPClient: account.Whole(&http.Client{Transport: &http.Transport{}}),
		Region:     "eu-west-1", BaseEndpoint: sdk.String(url), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", token),
	}
}

// Assume returns cfg as one who assumed a role of an account.
func Assume(t testing.TB, w *world.World, cfg sdk.Config, account, role string) sdk.Config {
	t.Helper()
	caller, err := w.Identify("AKIASANDBOX", "")
	if err != nil {
		t.Fatal(err)
	}
	_, cred, err := w.AssumeRole(&wire.Request{Caller: caller}, "arn:aws:iam::"+account+":role/"+role, "U00OPERATOR", world.Foreign, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	out := Config(*cfg.BaseEndpoint, cred.AccessKey, cred.Token)
	return out
}

// Advance lets a world's time pass.
func Advance(t testing.TB, w *world.World, by time.Duration) {
	t.Helper()
	if err := w.SetClock(world.Clock{Now: w.Now().Add(by), Frozen: true}); err != nil {
		t.Fatal(err)
	}
}

// Code is AWS's code of an error: empty for none.
func Code(err error) string {
	var api smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return api.ErrorCode()
	}
	return err.Error()
}

// Want fails the test unless err has this code, and returns the message.
func Want(t testing.TB, err error, code string) string {
	t.Helper()
	if got := Code(err); got != code {
		t.Fatalf("code = %q, want %q (%v)", got, code, err)
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}

// Call makes one Query call, for services whose client is not among our modules, and
// returns the status and the XML.
func Call(t testing.TB, cfg sdk.Config, scope string, form url.Values) (int, string) {
	t.Helper()
	body := form.Encode()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *cfg.BaseEndpoint, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	keys, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(t.Context(), keys, r, hex.EncodeToString(sum[:]), scope, cfg.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
