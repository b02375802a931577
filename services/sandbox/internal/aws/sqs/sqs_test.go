package sqs

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// direct is a transport that calls a handler, for bubbles.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	rw := httptest.NewRecorder()
	d.ServeHTTP(rw, r)
	return rw.Result(), nil
}

// start returns queues and a client of the home account.
func start(t *testing.T) (*Queues, *world.World, *sqs.Client) {
	t.Helper()
	w, err := world.New(world.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	mux := wire.New(wire.Hooks{Identify: w.Identify})
	queues := New(w)
	queues.Register(mux)
	return queues, w, sqs.New(sqs.Options{
		Region: "eu-west-1", BaseEndpoint: sdk.String("http://sandbox"), HTTPClient: &http.Client{Transport: direct{mux}}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""),
	})
}

const base = "http://sandbox/111122223333/"

func receive(t *testing.T, c *sqs.Client, name string, wait int32) []types.Message {
	t.Helper()
	out, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: sdk.String(base + name), WaitTimeSeconds: wait, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Messages
}

// TestVisibility hides what was received, gives it back, and deletes it.
func TestVisibility(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, c := start(t)
		sent, err := c.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: sdk.String(base + "orders"), MessageBody: sdk.String("one"),
			MessageAttributes: map[string]types.MessageAttributeValue{"trace": {DataType: sdk.String("String"), StringValue: sdk.String("t1")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		first := receive(t, c, "orders", 0)
		if len(first) != 1 || *first[0].MessageId != *sent.MessageId || *first[0].MessageAttributes["trace"].StringValue != "t1" {
			t.Fatalf("received %+v", first)
		}
		if again := receive(t, c, "orders", 20); len(again) != 0 {
			t.Errorf("hidden, and yet received: %+v", again)
		}
		begin := time.Now()
		second := receive(t, c, "orders", 20) // ten seconds are left of thirty
		if len(second) != 1 || time.Since(begin) != 10*time.Second || *second[0].ReceiptHandle == *first[0].ReceiptHandle {
			t.Fatalf("after its timeout: %+v in %v", second, time.Since(begin))
		}
		if _, err := c.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: sdk.String(base + "orders"), ReceiptHandle: second[0].ReceiptHandle, VisibilityTimeout: 0}); err != nil {
			t.Fatal(err)
		}
		third := receive(t, c, "orders", 0)
		if len(third) != 1 {
			t.Fatal("it was not given back")
		}
		for range 2 { // twice is harmless
			if _, err := c.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: sdk.String(base + "orders"), ReceiptHandle: third[0].ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if left := receive(t, c, "orders", 0); len(left) != 0 {
			t.Errorf("deleted, and yet received: %+v", left)
		}
	})
}

// TestLongPollWakes receives what comes while it waits.
func TestLongPollWakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, c := start(t)
		go func() {
			time.Sleep(7 * time.Second)
			_, _ = c.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: sdk.String(base + "orders"), MessageBody: sdk.String("late")})
		}()
		begin := time.Now()
		if got := receive(t, c, "orders", 20); len(got) != 1 || time.Since(begin) != 7*time.Second {
			t.Errorf("%d messages after %v", len(got), time.Since(begin))
		}
		begin = time.Now()
		if got := receive(t, c, "parley-events", 20); len(got) != 0 || time.Since(begin) != 20*time.Second {
			t.Errorf("%d messages after %v", len(got), time.Since(begin))
		}
	})
}

// TestEventsWaitForTheWorld delivers an event that lies ahead on a clock that runs
// ten times as fast.
func TestEventsWaitForTheWorld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, w, c := start(t)
		if err := w.SetClock(world.Clock{Speed: 10}); err != nil {
			t.Fatal(err)
		}
		q.Deliver(world.Event{
			Key: world.Key{Account: world.Home, Region: "eu-west-1"}, ID: "1", At: w.Now().Add(100 * time.Second), Source: "aws.ec2", DetailType: "a change",
		})
		begin := time.Now()
		got := receive(t, c, Events, 20)
		if took := time.Since(begin); len(got) != 1 || took < 10*time.Second || took > 10500*time.Millisecond {
			t.Fatalf("%d events after %v", len(got), took)
		}
		if !strings.Contains(*got[0].Body, `"detail-type":"a change"`) || !strings.Contains(*got[0].Body, `"detail":{}`) {
			t.Errorf("the event is %s", *got[0].Body)
		}
	})
}

// TestStateChangesArrive stops an instance, and receives both changes in their order.
func TestStateChangesArrive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, w, c := start(t)
		w.OnEvent(q.Deliver)
		if _, err := w.StopInstances(world.Key{Account: world.Home, Region: "eu-west-1"}, []string{"i-0ba7c4e9d1f2a3b40"}, "a test"); err != nil {
			t.Fatal(err)
		}
		for _, state := range []string{"stopping", "stopped"} {
			got := receive(t, c, Events, 20)
			if len(got) != 1 || !strings.Contains(*got[0].Body, `"state":"`+state+`"`) || !strings.Contains(*got[0].Body, "i-0ba7c4e9d1f2a3b40") {
				t.Fatalf("instead of %s: %+v", state, got)
			}
		}
	})
}

// TestDeadLetters moves on what is never deleted.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, c := start(t)
		if _, err := c.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: sdk.String(base + "orders"), MessageBody: sdk.String("poison")}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if got := receive(t, c, "orders", 0); len(got) != 1 {
				t.Fatalf("received %d", len(got))
			}
			time.Sleep(31 * time.Second)
		}
		if got := receive(t, c, "orders", 1); len(got) != 0 {
			t.Errorf("a fourth time: %+v", got)
		}
		got := receive(t, c, "orders-dlq", 0)
		if len(got) != 1 || *got[0].Body != "poison" {
			t.Errorf("dead letters: %+v", got)
		}
		a, err := c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: sdk.String(base + "orders-dlq"), AttributeNames: []types.QueueAttributeName{"All"}})
		if err != nil || a.Attributes["ApproximateNumberOfMessagesNotVisible"] != "1" || a.Attributes["QueueArn"] != "arn:aws:sqs:eu-west-1:111122223333:orders-dlq" {
			t.Errorf("attributes: %+v %v", a, err)
		}
	})
}

// TestRefusals asks for what SQS refuses.
func TestRefusals(t *testing.T) {
	t.Parallel()
	_, _, c := start(t)
	ctx, orders := t.Context(), sdk.String(base+"orders")
	_, absent := c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: sdk.String(base + "none"), MessageBody: sdk.String("x")})
	_, foreign := c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: sdk.String("http://sandbox/444455556666/parley-events"), MessageBody: sdk.String("x")})
	_, many := c.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: orders, MaxNumberOfMessages: 11})
	_, long := c.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: orders, WaitTimeSeconds: 21})
	_, large := c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: orders, MessageBody: sdk.String(strings.Repeat("x", maxBody+1))})
	_, twice := c.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: orders, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: sdk.String("1"), ReceiptHandle: sdk.String("a")}, {Id: sdk.String("1"), ReceiptHandle: sdk.String("b")},
	}})
	_, empty := c.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: orders, Entries: []types.DeleteMessageBatchRequestEntry{}})
	_, name := c.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: sdk.String("a b")})
	for want, errs := range map[string][]error{
		"AWS.SimpleQueueService.NonExistentQueue": {absent, foreign}, "InvalidParameterValue": {many, long, large, name},
		"AWS.SimpleQueueService.BatchEntryIdsNotDistinct": {twice}, "AWS.SimpleQueueService.EmptyBatchRequest": {empty},
	} {
		for i, err := range errs {
			var api smithy.APIError
			if !errors.As(err, &api) || api.ErrorCode() != want {
				t.Errorf("%d of %s: %v", i, want, err)
			}
		}
	}
}

// TestQueueIsBounded drops the oldest.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	q := newQueue("q", "arn")
	for i := range maxMessages + 5 {
		q.send(&message{id: string(rune('a' + i%26)), body: strings.Repeat("x", i%3)})
	}
	got, _, _ := q.receive(1, time.Minute, time.Now())
	if len(q.messages) != maxMessages || len(got) != 1 || got[0].id != "f" {
		t.Errorf("%d messages, the first %+v", len(q.messages), got)
	}
}
