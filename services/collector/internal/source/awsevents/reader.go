package awsevents

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/push/event"
	"github.com/parley-ops/parley/services/collector/internal/push/identity"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

const (
	// poll is how long a question for messages waits for one: the longest that
	// SQS allows, as each question costs.
	poll = 20 * time.Second
	// visible is after how long a message comes again that was not deleted.
	visible = time.Minute
	// lookAgain is when a queue that is not there is looked for again.
	lookAgain = 5 * time.Minute
	// storeWithin is how long storing may take: less than visible.
	storeWithin = 40 * time.Second
	// team is whose the dead letters are.
	team = "infra"
)

// reader reads one queue.
type reader struct {
	queue   queue
	set     *account.Set
	log     *slog.Logger
	names   *identity.Names
	letters *deadletter.Office
	sink    source.Sink
	changes *source.Changes
}

// run reads until ctx is done.
func (r *reader) run(ctx context.Context) {
	pause, said := wait.Pause{First: time.Second, Last: time.Minute}, ""
	for ctx.Err() == nil {
		err := r.round(ctx)
		var none *types.QueueDoesNotExist
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			if said != "" {
				r.log.Info("AWS: events are read again")
			}
			pause.Reset()
			said = ""
			continue
		case errors.As(err, &none) && r.queue.name != "":
			_ = wait.For(ctx, lookAgain) // nobody promised that there is one here
			continue
		}
		if kind := kindOf(err); kind != said {
			said = kind
			r.log.Warn("AWS: events are not read", "err", err)
		}
		_ = pause.Wait(ctx)
	}
}

// kindOf returns what is the same of an error each time.
func kindOf(err error) string {
	var e *account.Error
	if errors.As(err, &e) {
		return fmt.Sprint(e.Operation, e.Kind)
	}
	return err.Error()
}

// round takes messages once, and deletes what is stored.
func (r *reader) round(ctx context.Context) error {
	conf, err := r.set.AWS(ctx, r.queue.account, r.queue.region, account.Read, "")
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(conf)
	if r.queue.url == "" {
		out, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(r.queue.name)})
		if err != nil {
			return r.explain(err, "sqs:GetQueueUrl")
		}
		r.queue.url = aws.ToString(out.QueueUrl)
	}
	out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(r.queue.url), MaxNumberOfMessages: 10,
		WaitTimeSeconds: int32(poll / time.Second), VisibilityTimeout: int32(visible / time.Second)})
	if err != nil {
		return r.explain(err, "sqs:ReceiveMessage")
	}
	if len(out.Messages) == 0 {
		return nil
	}
	if err := r.store(ctx, out.Messages); err != nil {
		return fmt.Errorf("store events: %w", err)
	}
	in := &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(r.queue.url)}
	for i, m := range out.Messages {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
	}
	// What is stored is deleted, also when the collector stops just now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := client.DeleteMessageBatch(ctx, in); err != nil {
		return r.explain(err, "sqs:DeleteMessage")
	}
	return nil
}

func (r *reader) explain(err error, operation string) error {
	return account.Explain(err, r.queue.account, r.queue.region, operation)
}

// store returns when the samples of the messages, and the dead letters of those
// that are bad, are stored.
func (r *reader) store(ctx context.Context, messages []types.Message) error {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	var samples []batch.Sample
	var changes []source.Change
	bad, sent := make(chan error, len(messages)), 0
	for _, m := range messages {
		c, err := event.FromBridge([]byte(aws.ToString(m.Body)))
		var s batch.Sample
		if err == nil {
			s, err = c.Sample(ctx, r.names)
		}
		if c != nil && c.Instance != "" {
			changes = append(changes, source.Change{Account: c.Account, Region: c.Region, Instance: c.Instance, State: c.State})
		}
		switch {
		case err == nil:
			samples = append(samples, s)
		case errors.Is(err, event.ErrNotWatched):
		default:
			if err := r.letters.Send(ctx, r.letter(m, err), func(err error) { bad <- err }); err != nil {
				return err
			}
			sent++
		}
	}
	if len(samples) > 0 {
		if err := r.sink.Store(ctx, samples); err != nil {
			return err
		}
	}
	for range sent {
		select {
		case err := <-bad:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, c := range changes {
		r.changes.Tell(c)
	}
	return nil
}

func (r *reader) letter(m types.Message, why error) deadletter.Letter {
	id := aws.ToString(m.MessageId)
	return deadletter.Letter{Team: team, ID: "dlq/awsevents/" + id, Body: []byte(aws.ToString(m.Body)), Time: time.Now(),
		Reason:  fmt.Sprintf("SQS message %s of %s in %s: %v", id, r.queue.account, r.queue.region, why),
		Subject: string(bus.CustomMetrics(team, "aws-events"))}
}
