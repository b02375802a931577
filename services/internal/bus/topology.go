package bus

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
	day = 24 * time.Hour
)

// Stream is one JetStream stream. All are on disk, with the server's
// sync_interval; limits retention unless WorkQueue.
type Stream struct {
	Name     string
	Subjects []string
	// WorkQueue: a message is gone once its consumer is done with it.
	WorkQueue bool
	// RefuseWhenFull gives back-pressure instead of dropping the oldest.
	RefuseWhenFull bool
	MaxAge         time.Duration
	MaxBytes       int64
	MaxMsgBytes    int32
	// Duplicates is how long a message id is remembered.
	Duplicates time.Duration
	// AppendOnly: nobody, not even the admin, may delete or purge.
	AppendOnly bool
}

// The streams.
var (
	Ingest = Stream{Name: "INGEST", Subjects: []string{"metrics.custom.>"},
		MaxAge: 2 * time.Hour, MaxBytes: 2 * gib, MaxMsgBytes: 256 * kib, Duplicates: 2 * time.Minute}
	SamplesLog = Stream{Name: "SAMPLES", Subjects: []string{"samples.v1.*.*"},
		MaxAge: 6 * time.Hour, MaxBytes: 8 * gib, MaxMsgBytes: 512 * kib, Duplicates: 2 * time.Minute}
	AlertsLog = Stream{Name: "ALERTS", Subjects: []string{"alerts.v1.*"},
		MaxAge: 30 * day, MaxBytes: 2 * gib, MaxMsgBytes: 512 * kib, Duplicates: time.Hour}
	RunsLog = Stream{Name: "RUNS", Subjects: []string{"runs.v1.*"},
		MaxAge: 30 * day, MaxBytes: gib, MaxMsgBytes: 256 * kib, Duplicates: time.Hour}
	Notify = Stream{Name: "NOTIFY", Subjects: []string{"notify.>"}, WorkQueue: true, RefuseWhenFull: true,
		MaxAge: day, MaxBytes: 4 * gib, MaxMsgBytes: mib, Duplicates: time.Hour}
	InboundQueue = Stream{Name: "INBOUND", Subjects: []string{"inbound.>"}, WorkQueue: true, RefuseWhenFull: true,
		MaxAge: time.Hour, MaxBytes: 256 * mib, MaxMsgBytes: 256 * kib, Duplicates: time.Hour}
	Actions = Stream{Name: "ACTIONS", Subjects: []string{"actions.>"}, WorkQueue: true, RefuseWhenFull: true,
		MaxAge: day, MaxBytes: 256 * mib, MaxMsgBytes: 256 * kib, Duplicates: time.Hour}
	AuditLog = Stream{Name: "AUDIT", Subjects: []string{"audit.>"}, RefuseWhenFull: true, AppendOnly: true,
		MaxAge: 400 * day, MaxBytes: 10 * gib, MaxMsgBytes: 256 * kib, Duplicates: time.Hour}
	DeadLetters = Stream{Name: "DLQ", Subjects: []string{"dlq.>"},
		MaxAge: 14 * day, MaxBytes: gib, MaxMsgBytes: mib, Duplicates: 2 * time.Minute}
)

// Streams returns every stream.
func Streams() []Stream {
	return []Stream{Ingest, SamplesLog, AlertsLog, RunsLog, Notify, InboundQueue, Actions, AuditLog, DeadLetters}
}

// Consumer is a durable position in a stream, shared by all instances of a
// service. M is the event that it reads.
type Consumer[M any] struct {
	Stream  Stream
	Name    string
	Service string
	// Filter is the subject read; empty means all of the stream's.
	Filter string
	// AckWait is after how long silence means that the worker died.
	AckWait time.Duration
	// MaxAckPending is how many messages may be under way in all instances.
	MaxAckPending int
	// Attempts is after how many deliveries a message is given up as a dead
	// letter; 0 means never.
	Attempts int
	// Backoff is how long to wait before the 2nd, 3rd, … delivery; the last
	// value stays.
	Backoff []time.Duration
	// Workers is how many messages one instance handles at a time; 0 means 1,
	// which keeps the stream's order.
	Workers int
}

// The durables.
var (
	CollectorIngest = Consumer[[]byte]{Stream: Ingest, Name: "normalizer", Service: "collector",
		AckWait: 30 * time.Second, MaxAckPending: 4000, Attempts: 8,
		Backoff: []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, time.Minute}}
	RendererIncidents = Consumer[*eventv1.IncidentBatch]{Stream: AlertsLog, Name: "renderer", Service: "renderer",
		AckWait: 30 * time.Second, MaxAckPending: 64, Attempts: 6, Workers: 2,
		Backoff: []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute}}
	RendererRuns = Consumer[*eventv1.RunChanged]{Stream: RunsLog, Name: "renderer", Service: "renderer",
		AckWait: 30 * time.Second, MaxAckPending: 64, Attempts: 6,
		Backoff: []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute}}
	NotifierIncidents = Consumer[*eventv1.IncidentBatch]{Stream: AlertsLog, Name: "notifier", Service: "notifier",
		AckWait: time.Minute, MaxAckPending: 1024,
		Backoff: []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute}}
	NotifierRuns = Consumer[*eventv1.RunChanged]{Stream: RunsLog, Name: "notifier", Service: "notifier",
		AckWait: time.Minute, MaxAckPending: 256,
		Backoff: []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute}}
	NotifierCharts = Consumer[*eventv1.ChartRendered]{Stream: Notify, Name: "notifier", Service: "notifier", Filter: "notify.chart.>",
		AckWait: time.Minute, MaxAckPending: 256, Attempts: 30,
		Backoff: []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute}}
	NotifierInbound = Consumer[*eventv1.Inbound]{Stream: InboundQueue, Name: "notifier", Service: "notifier",
		AckWait: 15 * time.Second, MaxAckPending: 64, Attempts: 10, Workers: 8,
		Backoff: []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second, 30 * time.Second}}
	ActionerRequests = Consumer[*eventv1.ActionMessage]{Stream: Actions, Name: "actioner", Service: "actioner", Filter: "actions.req.>",
		AckWait: time.Minute, MaxAckPending: 64, Attempts: 20, Workers: 8,
		Backoff: []time.Duration{300 * time.Millisecond, time.Second, 5 * time.Second, 30 * time.Second}}
	ActionerVerifications = Consumer[*eventv1.ActionMessage]{Stream: Actions, Name: "verifier", Service: "actioner", Filter: "actions.verify.>",
		AckWait: time.Minute, MaxAckPending: 1024, Workers: 4,
		Backoff: []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}}
)

// Durable is a consumer without its type: what set-up, permissions and status
// need of it.
type Durable struct {
	Stream, Name, Service string
	Config                jetstream.ConsumerConfig
}

// Durables returns every durable consumer.
func Durables() []Durable {
	return []Durable{
		CollectorIngest.durable(), RendererIncidents.durable(), RendererRuns.durable(),
		NotifierIncidents.durable(), NotifierRuns.durable(), NotifierCharts.durable(), NotifierInbound.durable(),
		ActionerRequests.durable(), ActionerVerifications.durable(),
	}
}

func (c Consumer[M]) durable() Durable {
	return Durable{Stream: c.Stream.Name, Name: c.Name, Service: c.Service, Config: jetstream.ConsumerConfig{
		Durable:       c.Name,
		FilterSubject: c.Filter,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       c.AckWait,
		MaxAckPending: c.MaxAckPending,
		// Giving up is the bus's decision, not the server's, so that what is
		// given up is in the dead-letter stream with a reason.
		MaxDeliver: -1,
	}}
}

// Bucket is one key-value bucket.
type Bucket struct {
	Name    string
	History uint8
	// TTL is after how long a key that is not written again goes; 0 is never.
	TTL time.Duration
	// MarkerTTL is how long watchers can still learn that a key went by TTL.
	MarkerTTL time.Duration
	MaxBytes  int64
}

// The buckets.
var (
	EvaluatorMembers = Bucket{Name: "eval_members", TTL: 6 * time.Second, MarkerTTL: 10 * time.Minute}
	EvaluatorLeases  = Bucket{Name: "eval_leases"}
	EvaluatorState   = Bucket{Name: "eval_state"}
	Rules            = Bucket{Name: "rules", History: 10}
	SilencesBucket   = Bucket{Name: "silences"}
	// MaintenanceBucket is the maintenance windows, past ones for a while.
	MaintenanceBucket = Bucket{Name: "maintenance"}
	IncidentsBucket   = Bucket{Name: "incidents", TTL: 90 * day}
	ActionRunsBucket  = Bucket{Name: "action_runs", TTL: 400 * day}
	ActionUsesBucket  = Bucket{Name: "action_bounds", TTL: 2 * day}
	// OrdersBucket is what people have said of runs to come: freezes, schedules;
	// and what runs did for incidents.
	OrdersBucket = Bucket{Name: "orders"}
	// CloudBucket is what collectors share: who watches which cloud account and
	// region, how far, and what that costs; who archives, and how far.
	CloudBucket = Bucket{Name: "cloud"}
	// RoutingBucket is who is told: the routes in force, what people subscribed,
	// who stands in on call.
	RoutingBucket = Bucket{Name: "routing"}
	// ChatsBucket is what fails in chats now, and what became of test messages.
	ChatsBucket = Bucket{Name: "chats", TTL: 15 * time.Minute, MarkerTTL: 15 * time.Minute}
	// AuditHeadsBucket lives as long as the audit.
	AuditHeadsBucket = Bucket{Name: "audit_heads", TTL: 400 * day}
)

// Buckets returns every bucket.
func Buckets() []Bucket {
	return []Bucket{EvaluatorMembers, EvaluatorLeases, EvaluatorState, Rules, SilencesBucket, MaintenanceBucket, IncidentsBucket, ActionRunsBucket, ActionUsesBucket,
		OrdersBucket, CloudBucket, RoutingBucket, AuditHeadsBucket, ChatsBucket}
}

// View is the keys of a bucket with one prefix, all of one type.
type View[M any] struct {
	Bucket Bucket
	Prefix string
}

// What is kept in the buckets.
var (
	// Members: evaluator instance -> anything; gone when it stops renewing.
	Members = View[[]byte]{EvaluatorMembers, ""}
	// Leases: p.<pp> -> owner; the revision is the epoch.
	Leases = View[[]byte]{EvaluatorLeases, "p."}
	// Snapshots: s.<pp> -> the owner's state, or where it is.
	Snapshots = View[[]byte]{EvaluatorState, "s."}
	// Policies: policy.<name> -> as people wrote it.
	Policies = View[*eventv1.PolicyDocument]{Rules, "policy."}
	// PolicySets: set.<digest> -> all of them together, never changed.
	PolicySets = View[*eventv1.PolicySet]{Rules, "set."}
	// ActionsOffered: action.<name> -> what the actioner can do.
	ActionsOffered = View[*eventv1.ActionDocument]{Rules, "action."}
	// PolicyNeeds: needs.current -> what all of them look at.
	PolicyNeeds = View[*eventv1.Needs]{Rules, "needs."}
	// Freezes: freeze.<account or all> -> who said that nothing may be done.
	Freezes = View[*eventv1.Freeze]{OrdersBucket, "freeze."}
	// Schedules: schedule.<run id> -> a run to be asked for when it is due.
	Schedules = View[*eventv1.Schedule]{OrdersBucket, "schedule."}
	// Remedies: remedy.<action>.<policy> -> what the action did for it.
	Remedies = View[*eventv1.Remedy]{OrdersBucket, "remedy."}
	// CloudTargets: target.<account>.<region> -> its owner and position, in the
	// collector's own format; the revision is the epoch.
	CloudTargets = View[[]byte]{CloudBucket, "target."}
	// CloudCollectors: collector.<name> -> anything; the revision moves while it
	// lives.
	CloudCollectors = View[[]byte]{CloudBucket, "collector."}
	// WatchCosts: watch.<account>.<region> -> what watching it costs.
	WatchCosts = View[*eventv1.WatchCost]{CloudBucket, "watch."}
	// Archives: archive.<id> -> who archives samples there, and how far; the
	// revision moves while it lives.
	Archives = View[*eventv1.ArchiveState]{CloudBucket, "archive."}
	// RoutesInForce: table.<notifier's name> -> the routes file as it is in force;
	// the notifier's own format, as of all of this bucket.
	RoutesInForce = View[[]byte]{RoutingBucket, "table."}
	// Subscriptions: sub.<id> -> a route that somebody added at run time.
	Subscriptions = View[[]byte]{RoutingBucket, "sub."}
	// OncallOverrides: oncall.<id> -> who stands in for whom is on call.
	OncallOverrides = View[[]byte]{RoutingBucket, "oncall."}
	// AuditHeads: head.<position / 100> -> how far the audit had come.
	AuditHeads = View[*eventv1.AuditHead]{AuditHeadsBucket, "head."}
	// ChatTests: test.<id> -> what became of a test message.
	ChatTests = View[*eventv1.ChatTest]{ChatsBucket, "test."}
	// ChatTroubles: trouble.<instance and channel> -> what fails there.
	ChatTroubles = View[*eventv1.ChatTrouble]{ChatsBucket, "trouble."}
	// Silences: <id> -> silence.
	Silences = View[*eventv1.Silence]{SilencesBucket, ""}
	// Maintenances: <id> -> maintenance window.
	Maintenances = View[*eventv1.Maintenance]{MaintenanceBucket, ""}
	// ActionRuns: <run id> -> the run's record.
	ActionRuns = View[*eventv1.RunRecord]{ActionRunsBucket, ""}
	// ActionBounds: <action> -> its recent uses.
	ActionBounds = View[*eventv1.ActionBound]{ActionUsesBucket, ""}
	// Incidents: what the notifier knows of an incident's messages; the
	// notifier's own format.
	Incidents = View[[]byte]{IncidentsBucket, ""}
	// IncidentGroups: g.<channel>.<n>… -> the message that stands for many
	// incidents of a storm; the notifier's own format.
	IncidentGroups = View[[]byte]{IncidentsBucket, "g."}
	// NotifierNotes: n.<what> -> what the notifiers agree on beside incidents:
	// the key of their buttons, the day's digest; the notifier's own format.
	NotifierNotes = View[[]byte]{IncidentsBucket, "n."}
	// IncidentCauses: n.cause.<incident> -> what other incidents may depend on,
	// while it is open and a little longer.
	IncidentCauses = View[*eventv1.IncidentChanged]{IncidentsBucket, "n.cause."}
	// Evidences: n.evidence.<policy> -> how its incidents ended.
	Evidences = View[*eventv1.Evidence]{IncidentsBucket, "n.evidence."}
)

// ObjectStore is one object store.
type ObjectStore struct {
	Name string
	TTL  time.Duration
}

// The object stores.
var (
	// EvaluatorSnapshots holds states too large for a key.
	EvaluatorSnapshots = ObjectStore{Name: "eval_snap"}
	// CloudPositions holds what a collector has seen of a target of late.
	CloudPositions = ObjectStore{Name: "cloud_positions"}
	// ChartPictures holds charts too large for a message.
	ChartPictures = ObjectStore{Name: "charts", TTL: day}
)

// ObjectStores returns every object store.
func ObjectStores() []ObjectStore {
	return []ObjectStore{EvaluatorSnapshots, CloudPositions, ChartPictures}
}
