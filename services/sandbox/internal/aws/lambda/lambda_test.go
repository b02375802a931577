package lambda

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestInvoke(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := lambda.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-actions"))
	out, err := c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: sdk.String("parley-drain-orders"), Payload: []byte(`{"max":10}`), LogType: "Tail"})
	if err != nil || out.StatusCode != 200 || string(out.Payload) != `{"max":10}` || out.FunctionError != nil || out.LogResult == nil {
		t.Fatalf("%+v, %v", out, err)
	}
	out, err = c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: sdk.String("arn:aws:lambda:eu-west-1:111122223333:function:parley-always-fails")})
	if err != nil || out.FunctionError == nil || *out.FunctionError != "Unhandled" || !strings.Contains(string(out.Payload), "RuntimeError") {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: sdk.String("parley-drain-orders"), InvocationType: "DryRun"})
	if err != nil || out.StatusCode != 204 {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: sdk.String("parley-drain-orders"), InvocationType: "Event"})
	if err != nil || out.StatusCode != 202 {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: sdk.String("parley-absent")})
	awstest.Want(t, err, "ResourceNotFoundException")
	for _, kind := range []string{"checkout-mail", "absent"} {
		_, err = c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: sdk.String(kind), InvocationType: "DryRun"})
		if says := awstest.Want(t, err, "AccessDeniedException"); !strings.Contains(says, "lambda:InvokeFunction") {
			t.Error(says)
		}
	}
	_, err = c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: sdk.String("parley-drain-orders"), Payload: []byte("{")})
	awstest.Want(t, err, "InvalidRequestContentException")
	awstest.Advance(t, w, 5*time.Minute)
	points := w.Points(awstest.Home, world.NewMetric("AWS/Lambda", "Invocations", world.Dimension{Name: "FunctionName", Value: "parley-drain-orders"}),
		awstest.Now.Add(-time.Hour), w.Now(), time.Minute)
	if len(points) != 1 || points[0].Sum != 2 {
		t.Errorf("invocations: %v, want two in one minute: a dry run is none", points)
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	_, cfg := awstest.New(t, Register)
	c := lambda.NewFromConfig(cfg)
	n := 0
	pages := lambda.NewListFunctionsPaginator(c, &lambda.ListFunctionsInput{MaxItems: sdk.Int32(3)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(out.Functions)
	}
	if n != 4 {
		t.Errorf("%d functions", n)
	}
	one, err := c.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: sdk.String("parley-thumbnails")})
	if err != nil || *one.Timeout != 30 {
		t.Errorf("%+v, %v", one, err)
	}
	tags, err := c.ListTags(t.Context(), &lambda.ListTagsInput{Resource: one.FunctionArn})
	if err != nil || tags.Tags["service"] != "thumbnails" {
		t.Errorf("%+v, %v", tags, err)
	}
}
