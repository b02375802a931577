package sqs

import (
	"crypto/md5" // the protocol's checksum
	"encoding/hex"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// maxMessages bounds a queue.
const maxMessages = 10_000

// queue is one queue.
type queue struct {
	name, arn string
	created   time.Time

	mu         sync.Mutex
	visibility time.Duration
	dead       *queue // where messages go that were received too often; nil for nowhere
	most       int    // how often that is
	messages   []*message
	changed    chan struct{} // closed when a message comes or goes back
}

// message is one message.
type message struct {
	id, body   string
	attributes map[string]wire.Node
	sent       time.Time
	from       string
	ready      func() bool // nil: at once
	hidden     time.Time   // until then
	receipt    string      // of the latest receipt
	received   int
	first      time.Time
}

func newQueue(name, arn string) *queue {
	return &queue{name: name, arn: arn, created: time.Now(), visibility: 30 * time.Second, changed: make(chan struct{})}
}

func (q *queue) send(m *message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.messages = append(q.messages, m); len(q.messages) > maxMessages {
		q.messages = slices.Delete(q.messages, 0, len(q.messages)-maxMessages)
	}
	q.wake()
}

// wake lets those look again who wait. The caller holds mu.
func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// receive takes up to n messages that can be seen, hides them, and returns copies.
// Else it returns what to wait for, and for how long at most.
func (q *queue) receive(n int, hide time.Duration, now time.Time) (got []message, changed <-chan struct{}, wait time.Duration) {
	q.mu.Lock()
	var dead []*message
	wait = time.Minute
	kept := q.messages[:0]
	for _, m := range q.messages {
		switch {
		case len(got) == n:
		case m.ready != nil && !m.ready():
			wait = min(wait, 200*time.Millisecond) // the world's clock may have any speed
		case now.Before(m.hidden):
			wait = min(wait, m.hidden.Sub(now))
		case q.dead != nil && m.received >= q.most:
			dead = append(dead, m)
			continue
		default:
			if m.received == 0 {
				m.first = now
			}
			m.received++
			m.hidden, m.receipt, m.ready = now.Add(hide), wire.NewID(), nil
			got = append(got, *m)
		}
		kept = append(kept, m)
	}
	clear(q.messages[len(kept):])
	q.messages = kept
	changed = q.changed
	q.mu.Unlock()
	for _, m := range dead {
		m.received, m.hidden = 0, time.Time{}
		q.dead.send(m)
	}
	return got, changed, wait
}

// remove deletes the message of a receipt. Deleting again is no error.
func (q *queue) remove(receipt string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return m.receipt == receipt })
}

// hide changes how long the message of a receipt is hidden; false if there is none.
func (q *queue) hide(receipt string, until time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		if m.receipt == receipt {
			m.hidden = until
			q.wake()
			return true
		}
	}
	return false
}

func (q *queue) purge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = nil
}

// attributes are the queue's, as GetQueueAttributes names them.
func (q *queue) attributes(now time.Time) map[string]string {
	q.mu.Lock()
	defer q.mu.Unlock()
	visible, hidden, later := 0, 0, 0
	for _, m := range q.messages {
		switch {
		case m.ready != nil && !m.ready():
			later++
		case now.Before(m.hidden):
			hidden++
		default:
			visible++
		}
	}
	a := map[string]string{
		"QueueArn": q.arn, "VisibilityTimeout": strconv.Itoa(int(q.visibility / time.Second)),
		"ApproximateNumberOfMessages": strconv.Itoa(visible), "ApproximateNumberOfMessagesNotVisible": strconv.Itoa(hidden),
		"ApproximateNumberOfMessagesDelayed": strconv.Itoa(later), "CreatedTimestamp": strconv.FormatInt(q.created.Unix(), 10),
		"LastModifiedTimestamp": strconv.FormatInt(q.created.Unix(), 10), "MessageRetentionPeriod": "345600",
		"MaximumMessageSize": strconv.Itoa(maxBody), "DelaySeconds": "0", "ReceiveMessageWaitTimeSeconds": "0",
	}
	if q.dead != nil {
		a["RedrivePolicy"] = `{"deadLetterTargetArn":"` + q.dead.arn + `","maxReceiveCount":` + strconv.Itoa(q.most) + `}`
	}
	return a
}

func digest(text string) string {
	sum := md5.Sum([]byte(text)) // the protocol's checksum
	return hex.EncodeToString(sum[:])
}
