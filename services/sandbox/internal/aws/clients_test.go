package aws

import (
	"net/http/httptest"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"
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
