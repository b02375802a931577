package sqs

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// Events is the queue that EventBridge's events go to, in every account and region.
const Events = "parley-events"

const (
	maxBody   = 1 << 20 // bytes of a message
	maxQueues = 1000    // of all accounts
	longest   = 20 * time.Second
)

var service = wire.Service{Scope: "sqs", IAM: "sqs", Target: "AmazonSQS"}

// Queues are those of all accounts and regions.
type Queues struct {
	world *world.World

	mu  sync.Mutex
	all map[place]*queue
}

type place struct {
	world.Key
	name string
}

// New returns the queues that are there from the start.
func New(w *world.World) *Queues {
	q := &Queues{world: w, all: map[place]*queue{}}
	home := world.Key{Account: world.Home, Region: "eu-west-1"}
	orders := q.create(place{home, "orders"})
	orders.dead, orders.most = q.create(place{home, "orders-dlq"}), 3
	return q
}

// create adds a queue. The caller holds mu, or is New.
func (q *Queues) create(at place) *queue {
	made := newQueue(at.name, "arn:aws:sqs:"+at.Region+":"+at.Account+":"+at.name)
	q.all[at] = made
	return made
}

// find returns a queue; the one for events is there as soon as it is looked for.
func (q *Queues) find(at place) *queue {
	q.mu.Lock()
	defer q.mu.Unlock()
	if found := q.all[at]; found != nil || at.name != Events {
		return found
	}
	return q.create(at)
}

// Deliver puts an event into the queue [Events] of its account and region, as
// EventBridge would: it can be received when the world's time has come to it.
func (q *Queues) Deliver(e world.Event) {
	detail := e.Detail
	if detail == nil {
		detail = map[string]any{}
	}
	body, err := json.Marshal(map[string]any{
		"version": "0", "id": e.ID, "detail-type": e.DetailType, "source": e.Source, "account": e.Account,
		"time": e.At.UTC().Format(time.RFC3339), "region": e.Region, "resources": append([]string{}, e.Resources...), "detail": detail,
	})
	if err != nil {
		panic(err) // an event of ours that cannot be written is a bug
	}
	q.find(place{e.Key, Events}).send(&message{
		id: wire.NewID(), body: string(body), sent: time.Now(), from: "AIDAEVENTBRIDGE000000",
		ready: func() bool { return !q.world.Now().Before(e.At) },
	})
}

// Register adds SQS's operations to mux.
func (q *Queues) Register(mux *wire.Mux) {
	for name, op := range map[string]func(context.Context, *wire.Request, *queue) (wire.Answer, error){
		"SendMessage": q.sendMessage, "ReceiveMessage": q.receiveMessage, "DeleteMessage": q.deleteMessage,
		"DeleteMessageBatch": q.deleteMessageBatch, "ChangeMessageVisibility": q.changeMessageVisibility,
		"GetQueueAttributes": q.getQueueAttributes, "PurgeQueue": q.purgeQueue,
	} {
		mux.Handle(service, name, func(ctx context.Context, r *wire.Request) (wire.Answer, error) {
			found, err := q.of(r)
			if err != nil {
				return nil, err
			}
			return op(ctx, r, found)
		})
	}
	mux.Handle(service, "GetQueueUrl", q.getQueueURL)
	mux.Handle(service, "ListQueues", q.listQueues)
	mux.Handle(service, "CreateQueue", q.createQueue)
}

// of finds the queue of a request's QueueUrl: http://host/account/name.
func (q *Queues) of(r *wire.Request) (*queue, error) {
	parts := strings.Split(r.Text("QueueUrl"), "/")
	if len(parts) < 2 {
		return nil, missing("QueueUrl")
	}
	at := place{world.Key{Account: parts[len(parts)-2], Region: r.Region}, parts[len(parts)-1]}
	if err := q.may(r, at); err != nil {
		return nil, err
	}
	found := q.find(at)
	if found == nil || at.Account != r.Caller.Account {
		return nil, notThere()
	}
	return found, nil
}

func (q *Queues) may(r *wire.Request, at place) error {
	arn := "arn:aws:sqs:" + at.Region + ":" + at.Account + ":" + at.name
	r.Touch(arn)
	return q.world.Authorize(r, arn, nil)
}

func (q *Queues) getQueueURL(_ context.Context, r *wire.Request) (wire.Answer, error) {
	at := place{world.Key{Account: r.Caller.Account, Region: r.Region}, r.Text("QueueName")}
	if owner := r.Text("QueueOwnerAWSAccountId"); owner != "" {
		at.Account = owner
	}
	if err := q.may(r, at); err != nil {
		return nil, err
	}
	if q.find(at) == nil {
		return nil, notThere()
	}
	return wire.Map{"QueueUrl": link(r, at)}, nil
}

// link is a queue's address, at the host that was asked.
func link(r *wire.Request, at place) string {
	return "http://" + r.HTTP.Host + "/" + at.Account + "/" + at.name
}

func (q *Queues) listQueues(_ context.Context, r *wire.Request) (wire.Answer, error) {
	here := world.Key{Account: r.Caller.Account, Region: r.Region}
	if err := q.may(r, place{here, "*"}); err != nil {
		return nil, err
	}
	q.find(place{here, Events})
	q.mu.Lock()
	defer q.mu.Unlock()
	links := []string{}
	for at := range maps.Keys(q.all) {
		if at.Key == here && strings.HasPrefix(at.name, r.Text("QueueNamePrefix")) {
			links = append(links, link(r, at))
		}
	}
	slices.Sort(links)
	return wire.Map{"QueueUrls": links}, nil
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

func (q *Queues) createQueue(_ context.Context, r *wire.Request) (wire.Answer, error) {
	at := place{world.Key{Account: r.Caller.Account, Region: r.Region}, r.Text("QueueName")}
	if !namePattern.MatchString(at.name) {
		return nil, invalid("InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	if err := q.may(r, at); err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.all[at] == nil {
		if len(q.all) >= maxQueues {
			return nil, invalid("OverLimit", "The local account keeps at most 1,000 queues.")
		}
		q.create(at)
	}
	return wire.Map{"QueueUrl": link(r, at)}, nil
}

func invalid(code, message string) error {
	return &wire.Error{Code: code, JSON: code, Message: message}
}

func missing(name string) error {
	return invalid("MissingParameter", "The request must contain the parameter "+name+".")
}

func notThere() error {
	return &wire.Error{Code: "AWS.SimpleQueueService.NonExistentQueue", JSON: "com.amazonaws.sqs#QueueDoesNotExist", Message: "The specified queue does not exist."}
}
