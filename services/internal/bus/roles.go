package bus

import (
	"slices"
	"strings"
)

// Role is one NATS user and all it may do. Everything else is refused.
type Role struct {
	// Name is the service, "admin", or "operator" (the command line).
	Name string
	// Publish is what it may publish.
	Publish []string
	// Subscribe is what it may listen to beside its own inbox.
	Subscribe []string
}

// Roles returns every user of the services' account, with what its consumers,
// buckets and subjects come to. The admin, who alone may create and delete,
// has no limits and is not among them.
func Roles() []Role {
	return []Role{
		role("collector", publishes("samples.v1.*.batch", "dlq.ingest.>"), answers(),
			readsLog(SamplesLog), reads(Rules), writes(CloudBucket, ">"), objects(CloudPositions, true)),
		role("evaluator", publishes("samples.v1.*.control", "alerts.v1.*", "query.eval.*"), answers("query.eval.*", string(ReplayQuestion), string(ProposeQuestion)),
			readsLog(SamplesLog), direct(AlertsLog),
			writes(EvaluatorMembers, ">"), writes(EvaluatorLeases, ">"), writes(EvaluatorState, ">"),
			writes(Rules, "policy.>"), writes(Rules, "set.>"), writes(Rules, "needs.>"), objects(EvaluatorSnapshots, true),
			reads(MaintenanceBucket)),
		role("renderer", publishes("notify.chart.>", "query.eval.*"), answers(string(DrawQuestion)), objects(ChartPictures, true)),
		role("notifier", publishes("inbound.>", "actions.req.>", "samples.v1.*.control", "query.eval.*", "query.action.*", string(DrawQuestion), string(ReplayQuestion), string(ProposeQuestion)), answers("query.chat.*"),
			writes(IncidentsBucket, ">"), writes(SilencesBucket, ">"), writes(RoutingBucket, ">"), writes(MaintenanceBucket, ">"), reads(Rules), reads(ActionRunsBucket),
			reads(OrdersBucket), reads(CloudBucket), objects(ChartPictures, false), chains(),
			writes(ChatsBucket, ">")),
		role("actioner", publishes("runs.v1.*", "actions.verify.>", "query.eval.*", "query.chat.*"), answers("query.action.*"),
			writes(ActionRunsBucket, ">"), writes(ActionUsesBucket, ">"), writes(Rules, "action.>"), direct(RunsLog),
			// What is due is asked for as people ask.
			publishes("actions.req.>"), writes(OrdersBucket, ">"), chains()),
		role("operator", publishes("inbound.cli.>", "query.eval.*", "query.action.*", "$SRV.>", "$JS.API.INFO",
			"$JS.API.STREAM.INFO.*", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.CONSUMER.INFO.*.*",
			"$JS.API.CONSUMER.LIST.*", "$JS.API.CONSUMER.NAMES.*",
			// Dead letters are tried again where they came from.
			"metrics.custom.>", "notify.>", "inbound.>", "actions.req.>"),
			readsLog(SamplesLog), readsLog(AlertsLog), readsLog(RunsLog), readsLog(AuditLog), readsLog(DeadLetters),
			publishes("$JS.API.STREAM.MSG.DELETE."+DeadLetters.Name),
			writes(Rules, "policy.>"), reads(SilencesBucket), reads(MaintenanceBucket), reads(IncidentsBucket), reads(ActionRunsBucket),
			reads(OrdersBucket), reads(CloudBucket), reads(RoutingBucket), reads(AuditHeadsBucket),
			reads(ChatsBucket)),
	}
}

// RoleNames returns the users that need a key: every role and the admin.
func RoleNames() []string {
	names := []string{"admin"}
	for _, r := range Roles() {
		names = append(names, r.Name)
	}
	return names
}

// grant adds to a role.
type grant func(*Role)

func role(name string, grants ...grant) Role {
	r := Role{Name: name, Subscribe: []string{InboxPrefix(name) + ".>"}}
	for _, g := range grants {
		g(&r)
	}
	for _, d := range Durables() {
		if d.Service == name {
			consumes(d)(&r)
		}
	}
	slices.Sort(r.Publish)
	r.Publish = slices.Compact(r.Publish)
	return r
}

func publishes(subjects ...string) grant {
	return func(r *Role) { r.Publish = append(r.Publish, subjects...) }
}

// answers lets a service be found, and answer requests on these subjects.
func answers(subjects ...string) grant {
	return func(r *Role) { r.Subscribe = append(append(r.Subscribe, "$SRV.>"), subjects...) }
}

// consumes allows to pull from, ask about and ack to one durable, and to leave
// what it gives up as dead letters. Both forms of ack subjects, see the
// server's js_ack_fc_v2.
func consumes(d Durable) grant {
	id := d.Stream + "." + d.Name
	return publishes("$JS.API.CONSUMER.INFO."+id, "$JS.API.CONSUMER.MSG.NEXT."+id,
		"$JS.ACK."+id+".>", "$JS.ACK.*.*."+id+".>",
		"dlq."+d.Service+"."+strings.ToLower(d.Stream))
}

// direct allows to read a stream's messages one by one.
func direct(s Stream) grant {
	return publishes("$JS.API.STREAM.INFO."+s.Name, "$JS.API.DIRECT.GET."+s.Name, "$JS.API.DIRECT.GET."+s.Name+".>")
}

// chains allows to write audit records: each names the one before it.
func chains() grant {
	return func(r *Role) {
		publishes("audit.>")(r)
		direct(AuditLog)(r)
		writes(AuditHeadsBucket, "head.>")(r)
	}
}

// readsLog allows to read a stream with ephemeral consumers.
func readsLog(s Stream) grant {
	return func(r *Role) {
		direct(s)(r)
		ephemeral(s.Name)(r)
		publishes("$JS.API.CONSUMER.INFO."+s.Name+".*", "$JS.API.CONSUMER.MSG.NEXT."+s.Name+".*")(r)
	}
}

func ephemeral(stream string) grant {
	return publishes("$JS.API.CONSUMER.CREATE."+stream, "$JS.API.CONSUMER.CREATE."+stream+".>",
		"$JS.API.CONSUMER.DELETE."+stream+".*", "$JS.FC.>")
}

// reads allows to get, list and watch a bucket.
func reads(b Bucket) grant {
	stream := bucketStream(b)
	return func(r *Role) {
		publishes("$JS.API.STREAM.INFO."+stream, "$JS.API.DIRECT.GET."+stream, "$JS.API.DIRECT.GET."+stream+".>",
			"$JS.API.CONSUMER.INFO."+stream+".*")(r)
		ephemeral(stream)(r)
	}
}

// writes allows also to write the bucket's keys that match.
func writes(b Bucket, keys string) grant {
	return func(r *Role) {
		reads(b)(r)
		publishes("$KV." + b.Name + "." + keys)(r)
	}
}

// objects allows to read an object store, and to write it.
func objects(s ObjectStore, write bool) grant {
	stream := "OBJ_" + s.Name
	return func(r *Role) {
		publishes("$JS.API.STREAM.INFO."+stream, "$JS.API.DIRECT.GET."+stream, "$JS.API.DIRECT.GET."+stream+".>",
			"$JS.API.STREAM.MSG.GET."+stream, "$JS.API.CONSUMER.INFO."+stream+".*")(r)
		ephemeral(stream)(r)
		if write {
			publishes("$O."+s.Name+".>", "$JS.API.STREAM.PURGE."+stream)(r)
		}
	}
}
