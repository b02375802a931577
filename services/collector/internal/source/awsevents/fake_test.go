package awsevents

import (
	"crypto/md5" //nolint:gosec // the protocol's checksum
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/wait"
)

// queues stands in for SQS, in JSON behind a RoundTripper.
type queues struct {
	t testing.TB

	mu       sync.Mutex
	messages map[string][]*message // by queue URL
	sent     int
	// fail is asked before each call; a code of AWS is the answer.
	fail  func(region, action string) string
	calls map[string]int // by action and region
}

type message struct {
	id, body string
	visible  time.Time
	// received is how often.
	received int
}

func newQueues(t testing.TB, urls ...string) *queues {
	q := &queues{t: t, messages: map[string][]*message{}, calls: map[string]int{}, fail: func(string, string) string { return "" }}
	for _, u := range urls {
		q.messages[u] = nil
	}
	return q
}

func (q *queues) send(url string, bodies ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, b := range bodies {
		q.sent++
		q.messages[url] = append(q.messages[url], &message{id: fmt.Sprintf("message-%d", q.sent), body: b})
	}
}

// left returns how many messages there still are.
func (q *queues) left(url string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages[url])
}

func (q *queues) set(accounts ...account.Account) *account.Set {
	return account.New(account.Config{SandboxURL: "http://aws.test", Transport: q}, accounts...)
}

// RoundTrip answers one call.
func (q *queues) RoundTrip(req *http.Request) (*http.Response, error) {
	_, action, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	scope := strings.Split(req.Header.Get("Authorization"), "/")
	region := scope[2]
	var in struct {
		QueueName, QueueURL                                     string
		MaxNumberOfMessages, WaitTimeSeconds, VisibilityTimeout int
		Entries                                                 []struct{ ID, ReceiptHandle string }
	}
	body, err := io.ReadAll(req.Body)
	if err != nil || json.Unmarshal(body, &in) != nil {
		return nil, fmt.Errorf("%s: %s", action, body)
	}
	q.mu.Lock()
	q.calls[action+" "+region]++
	code := q.fail(region, action)
	q.mu.Unlock()
	if action == "GetResources" {
		return answer(200, `{"ResourceTagMappingList":[]}`)
	}
	if code != "" {
		return answer(400, fmt.Sprintf(`{"__type":"com.amazonaws.sqs#%s","message":"no"}`, code))
	}
	switch action {
	case "GetQueueUrl":
		for u := range q.messages {
			if strings.Contains(u, region) && strings.HasSuffix(u, "/"+in.QueueName) {
				return answer(200, fmt.Sprintf(`{"QueueUrl":%q}`, u))
			}
		}
		return answer(400, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`)
	case "ReceiveMessage":
		for end := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second); ; {
			if list := q.receive(in.QueueURL, in.MaxNumberOfMessages, time.Duration(in.VisibilityTimeout)*time.Second); len(list) > 0 {
				return answer(200, `{"Messages":[`+strings.Join(list, ",")+`]}`)
			}
			if !time.Now().Before(end) {
				return answer(200, `{}`)
			}
			if err := wait.For(req.Context(), 100*time.Millisecond); err != nil {
				return nil, err
			}
		}
	case "DeleteMessageBatch":
		q.mu.Lock()
		defer q.mu.Unlock()
		var done []string
		for _, e := range in.Entries {
			for i, m := range q.messages[in.QueueURL] {
				if m.id == e.ReceiptHandle {
					q.messages[in.QueueURL] = append(q.messages[in.QueueURL][:i:i], q.messages[in.QueueURL][i+1:]...)
					break
				}
			}
			done = append(done, fmt.Sprintf(`{"Id":%q}`, e.ID))
		}
		return answer(200, `{"Successful":[`+strings.Join(done, ",")+`],"Failed":[]}`)
	}
	return nil, fmt.Errorf("asked for %s", action)
}

func (q *queues) receive(url string, most int, hide time.Duration) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []string
	for _, m := range q.messages[url] {
		if len(out) == most || time.Now().Before(m.visible) {
			continue
		}
		m.visible = time.Now().Add(hide)
		m.received++
		sum := md5.Sum([]byte(m.body)) //nolint:gosec // the protocol's checksum
		body, _ := json.Marshal(m.body)
		out = append(out, fmt.Sprintf(`{"MessageId":%q,"ReceiptHandle":%q,"MD5OfBody":%q,"Body":%s}`, m.id, m.id, hex.EncodeToString(sum[:]), body))
	}
	return out
}

func answer(status int, body string) (*http.Response, error) {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}
