package bus

import (
	"fmt"
	"strconv"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Partitions is how many partitions the samples' log has; fixed at install.
// Each costs a message a round, a consumer and a snapshot, whatever is in it: at
// 10,000 samples/s 64 of them cost the chain 1.4 times the processor time of 16.
// More would only help those with more than 16 evaluators, each good for half a
// million samples a second.
const Partitions = 16

// Partition is one of them: 0 to Partitions-1.
type Partition int

// String returns the partition as it stands in subjects: "07".
func (p Partition) String() string { return fmt.Sprintf("%02d", int(p)) }

// PartitionOf returns the partition for a hash of what must meet in it.
func PartitionOf(hash uint64) Partition { return Partition(hash % Partitions) }

// ParsePartition reads what String writes.
func ParsePartition(s string) (Partition, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n >= Partitions {
		return 0, fmt.Errorf("partition %q: want 00 to %d", s, Partitions-1)
	}
	return Partition(n), nil
}

// Subject is where an event of type M travels.
type Subject[M any] string

// Samples is where a partition's sample batches travel: samples.v1.07.batch.
func Samples(p Partition) Subject[*eventv1.PartitionEntry] {
	return Subject[*eventv1.PartitionEntry]("samples.v1." + p.String() + ".batch")
}

// Control is where everything else of a partition's log travels (ticks, policy
// changes, partials, orders): samples.v1.07.control.
func Control(p Partition) Subject[*eventv1.PartitionEntry] {
	return Subject[*eventv1.PartitionEntry]("samples.v1." + p.String() + ".control")
}

// partitionLog is all of a partition's log: samples.v1.07.*. One filter, since
// two cost the server much more.
func partitionLog(p Partition) string { return "samples.v1." + p.String() + ".*" }

// Alerts is where a partition's incident changes travel: alerts.v1.07.
func Alerts(p Partition) Subject[*eventv1.IncidentBatch] {
	return Subject[*eventv1.IncidentBatch]("alerts.v1." + p.String())
}

// Charts is where pictures for an incident travel: notify.chart.<incident>.
func Charts(incidentID string) Subject[*eventv1.ChartRendered] {
	return Subject[*eventv1.ChartRendered]("notify.chart." + Token(incidentID))
}

// InboundFrom is where people's doings travel: inbound.slack.click.
func InboundFrom(backend, kind string) Subject[*eventv1.Inbound] {
	return Subject[*eventv1.Inbound]("inbound." + Token(backend) + "." + Token(kind))
}

// ActionRequests is where a run is asked for and decided on: actions.req.<run>.
func ActionRequests(runID string) Subject[*eventv1.ActionMessage] {
	return Subject[*eventv1.ActionMessage]("actions.req." + Token(runID))
}

// ActionVerifications is where the actioner reminds itself to look at a run's
// effect: actions.verify.<run>.
func ActionVerifications(runID string) Subject[*eventv1.ActionMessage] {
	return Subject[*eventv1.ActionMessage]("actions.verify." + Token(runID))
}

// Runs is where a run's changes travel: runs.v1.<run>.
func Runs(runID string) Subject[*eventv1.RunChanged] {
	return Subject[*eventv1.RunChanged]("runs.v1." + Token(runID))
}

// Audit is where audit records go: audit.action.<run>.
func Audit(entity, id string) Subject[*eventv1.AuditRecord] {
	return Subject[*eventv1.AuditRecord]("audit." + Token(entity) + "." + Token(id))
}

// DeadIngest is where a team's bad input goes: dlq.ingest.<team>.
func DeadIngest(team string) Subject[[]byte] { return Subject[[]byte]("dlq.ingest." + Token(team)) }

// deadLetters is where a consumer's dead letters go: dlq.notifier.alerts.
func deadLetters(service string, stream Stream) string {
	return "dlq." + service + "." + strings.ToLower(stream.Name)
}

// Evaluators is where the owner of a partition answers: query.eval.07.
func Evaluators(p Partition) string { return "query.eval." + p.String() }

// CustomMetrics is where custom metrics arrive, team by team, put there by the
// server's account import: metrics.custom.<team>.<anything>.
func CustomMetrics(team, rest string) Subject[[]byte] {
	return Subject[[]byte](customMetricsPrefix + Token(team) + "." + rest)
}

const customMetricsPrefix = "metrics.custom."

// TeamOf returns the team in the subject of a custom metric, or "" if it is
// none.
func TeamOf(subject string) string {
	rest, ok := strings.CutPrefix(subject, customMetricsPrefix)
	if !ok {
		return ""
	}
	team, _, _ := strings.Cut(rest, ".")
	return team
}

// Token makes s safe as one token of a subject or a key: what is not a letter,
// a digit, '-' or '_' becomes '_'; empty becomes "_".
func Token(s string) string {
	if s == "" {
		return "_"
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, s)
}
