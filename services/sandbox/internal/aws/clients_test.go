package aws

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/monitoring"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// serve starts an account on a socket, as clients meet it.
func serve(t *testing.T, change func(*Config)) (*Account, string) {
	t.Helper()
	cfg := Defaults()
	if change != nil {
		change(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	return a, server.URL
}

// frozen lets the account's clock stand still at now, which others can move.
func frozen(now time.Time) func(*Config) {
	return func(cfg *Config) {
		cfg.World.Start = now
		cfg.Quotas = monitoring.Quotas{} // none: time stands still, but tests are quick
	}
}

// stop sets the account's clock to now, where it stands.
func stop(t *testing.T, a *Account, now time.Time) {
	t.Helper()
	if err := a.World().SetClock(world.Clock{Now: now, Speed: 1, Frozen: true}); err != nil {
		t.Fatal(err)
	}
}

// drive sends JSON to a path of the account's own, and decodes the answer.
func drive(t *testing.T, method, url, body string, into any) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return resp.StatusCode
}

// code is AWS's code of an error; empty for none.
func code(err error) string {
	var api smithy.APIError
	switch {
	case errors.As(err, &api):
		return api.ErrorCode()
	case err != nil:
		return err.Error()
	}
	return ""
}

// protocols are the forms in which a client may speak to CloudWatch.
var protocols = map[string]func(*cloudwatch.Options){
	"cbor":  func(*cloudwatch.Options) {},
	"json":  func(o *cloudwatch.Options) { o.Protocol = awsjson.New11(schemas.GraniteServiceVersion20100801) },
	"query": func(o *cloudwatch.Options) { o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801) },
}

// watch is a CloudWatch client of the SDK, without retries.
func watch(url, key string, change func(*cloudwatch.Options)) *cloudwatch.Client {
	return cloudwatch.New(cloudwatch.Options{
		Region: "eu-west-1", BaseEndpoint: sdk.String(url), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
	}, change)
}
