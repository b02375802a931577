package sqs

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

func (q *Queues) sendMessage(_ context.Context, r *wire.Request, to *queue) (wire.Answer, error) {
	body := r.Text("MessageBody")
	if body == "" {
		return nil, missing("MessageBody")
	}
	if len(body) > maxBody {
		return nil, invalid("InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.")
	}
	delay := r.Int("DelaySeconds", 0)
	if delay < 0 || delay > 900 {
		return nil, outside("DelaySeconds", delay)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	m := &message{id: wire.NewID(), body: body, attributes: r.Map("MessageAttributes"), sent: time.Now(), from: r.Caller.UserID}
	m.hidden = m.sent.Add(time.Duration(delay) * time.Second)
	to.send(m)
	return wire.Map{"MessageId": m.id, "MD5OfMessageBody": digest(body)}, nil
}

func (q *Queues) receiveMessage(ctx context.Context, r *wire.Request, from *queue) (wire.Answer, error) {
	most, wait, hide := r.Int("MaxNumberOfMessages", 1), r.Int("WaitTimeSeconds", 0), r.Int("VisibilityTimeout", int64(from.visibility/time.Second))
	switch {
	case most < 1 || most > 10:
		return nil, outside("MaxNumberOfMessages", most)
	case wait < 0 || wait > int64(longest/time.Second):
		return nil, outside("WaitTimeSeconds", wait)
	case hide < 0 || hide > 43200:
		return nil, outside("VisibilityTimeout", hide)
	}
	names := append(r.Texts("AttributeNames"), r.Texts("MessageSystemAttributeNames")...)
	attributes := r.Texts("MessageAttributeNames")
	if err := r.Err(); err != nil {
		return nil, err
	}
	end := time.Now().Add(time.Duration(wait) * time.Second)
	for {
		now := time.Now()
		got, changed, pause := from.receive(int(most), time.Duration(hide)*time.Second, now)
		if left := end.Sub(now); len(got) > 0 || left <= 0 {
			answer := wire.Map{}
			if len(got) > 0 { // SQS leaves an empty list out
				list := make([]wire.Map, len(got))
				for i, m := range got {
					list[i] = m.answer(names, attributes)
				}
				answer["Messages"] = list
			}
			return answer, nil
		} else {
			pause = min(pause, left)
		}
		timer := time.NewTimer(pause)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return wire.Map{}, nil // nobody is there to answer
		}
		timer.Stop()
	}
}

// answer is a message as ReceiveMessage returns it.
func (m message) answer(names, attributes []string) wire.Map {
	out := wire.Map{"MessageId": m.id, "ReceiptHandle": m.receipt, "Body": m.body, "MD5OfBody": digest(m.body)}
	system := map[string]string{}
	for name, value := range map[string]string{
		"ApproximateReceiveCount": strconv.Itoa(m.received), "SentTimestamp": strconv.FormatInt(m.sent.UnixMilli(), 10),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.first.UnixMilli(), 10), "SenderId": m.from,
	} {
		if slices.Contains(names, "All") || slices.Contains(names, name) {
			system[name] = value
		}
	}
	if len(system) > 0 {
		out["Attributes"] = system
	}
	given := wire.Map{}
	for name, n := range m.attributes {
		if slices.Contains(attributes, "All") || slices.Contains(attributes, name) {
			a := wire.Map{"DataType": n.Text("DataType")}
			if n.Has("StringValue") {
				a["StringValue"] = n.Text("StringValue")
			}
			if n.Has("BinaryValue") {
				a["BinaryValue"] = n.Text("BinaryValue") // base64, as it came
			}
			given[name] = a
		}
	}
	if len(given) > 0 {
		out["MessageAttributes"] = given
	}
	return out
}

func (q *Queues) deleteMessage(_ context.Context, r *wire.Request, from *queue) (wire.Answer, error) {
	receipt := r.Text("ReceiptHandle")
	if receipt == "" {
		return nil, missing("ReceiptHandle")
	}
	from.remove(receipt)
	return nil, nil
}

func (q *Queues) deleteMessageBatch(_ context.Context, r *wire.Request, from *queue) (wire.Answer, error) {
	entries := r.List("Entries")
	switch {
	case len(entries) == 0:
		return nil, &wire.Error{Code: "AWS.SimpleQueueService.EmptyBatchRequest", JSON: "EmptyBatchRequest", Message: "There should be at least one DeleteMessageBatchRequestEntry in the request."}
	case len(entries) > 10:
		return nil, &wire.Error{Code: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", JSON: "TooManyEntriesInBatchRequest", Message: "Maximum number of entries per request are 10. You have sent " + strconv.Itoa(len(entries)) + "."}
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if id := e.Text("Id"); seen[id] {
			return nil, &wire.Error{Code: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", JSON: "BatchEntryIdsNotDistinct", Message: "Id " + id + " repeated."}
		}
		seen[e.Text("Id")] = true
	}
	done, failed := []wire.Map{}, []wire.Map{}
	for _, e := range entries {
		if receipt := e.Text("ReceiptHandle"); receipt == "" {
			failed = append(failed, wire.Map{"Id": e.Text("Id"), "Code": "ReceiptHandleIsInvalid", "SenderFault": true, "Message": "The input receipt handle is invalid."})
			continue
		}
		from.remove(e.Text("ReceiptHandle"))
		done = append(done, wire.Map{"Id": e.Text("Id")})
	}
	return wire.Map{"Successful": done, "Failed": failed}, nil
}

func (q *Queues) changeMessageVisibility(_ context.Context, r *wire.Request, of *queue) (wire.Answer, error) {
	seconds := r.Int("VisibilityTimeout", -1)
	if seconds < 0 || seconds > 43200 {
		return nil, outside("VisibilityTimeout", seconds)
	}
	if !of.hide(r.Text("ReceiptHandle"), time.Now().Add(time.Duration(seconds)*time.Second)) {
		return nil, invalid("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	}
	return nil, nil
}

func (q *Queues) getQueueAttributes(_ context.Context, r *wire.Request, of *queue) (wire.Answer, error) {
	names := r.Texts("AttributeNames")
	all := of.attributes(time.Now())
	for name := range all {
		if !slices.Contains(names, "All") && !slices.Contains(names, name) {
			delete(all, name)
		}
	}
	if len(all) == 0 {
		return wire.Map{}, nil
	}
	return wire.Map{"Attributes": all}, nil
}

func (q *Queues) purgeQueue(_ context.Context, _ *wire.Request, of *queue) (wire.Answer, error) {
	of.purge()
	return nil, nil
}

func outside(name string, value int64) error {
	return invalid("InvalidParameterValue", "Value "+strconv.FormatInt(value, 10)+" for parameter "+name+" is invalid. Reason: It is outside the range that SQS allows.")
}
