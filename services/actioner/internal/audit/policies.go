package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
)

// relist is how often policies are compared although nothing seems to change.
const relist = 5 * time.Minute

// policyEntity is the audit's subject of them: audit.policy.<name>.
const policyEntity = "policy"

// Policies writes down what policies come, change and go, until ctx is done.
// Where it left off stands in the audit, so that any number may run, and one
// that was away finds what happened meanwhile: of several changes the last.
type Policies struct {
	Bus *bus.Conn
	Log *slog.Logger

	// told is the revision of each policy in the audit; 0 when it was deleted.
	told map[string]uint64
}

// Run watches them.
func (p *Policies) Run(ctx context.Context) {
	err := bus.Policies.Watch(ctx, p.Bus, relist, func(all []bus.Entry[*eventv1.PolicyDocument]) {
		if err := p.compare(ctx, all); err != nil && ctx.Err() == nil {
			p.Log.Warn("changes of policies are not in the audit yet, again", "err", err)
		}
	})
	if err != nil && ctx.Err() == nil {
		p.Log.Error("changes of policies are not audited", "err", err)
	}
}

// compare writes down how the policies differ from what the audit knows.
func (p *Policies) compare(ctx context.Context, all []bus.Entry[*eventv1.PolicyDocument]) error {
	if p.told == nil {
		told, err := recall(ctx, p.Bus)
		if err != nil {
			return err
		}
		p.told = told
	}
	there := map[string]bool{}
	for _, e := range all {
		there[e.Key] = true
		if p.told[e.Key] >= e.Revision {
			continue
		}
		if err := p.write(ctx, e.Key, e.Revision, applied(e, p.told[e.Key] > 0)); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.told)) {
		if was := p.told[name]; was > 0 && !there[name] {
			if err := p.write(ctx, name, 0, deleted(name, was)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Policies) write(ctx context.Context, name string, revision uint64, r *eventv1.AuditRecord) error {
	if err := audit.Write(ctx, p.Bus, bus.Audit(policyEntity, name), r); err != nil {
		p.told = nil // another may have written it: look again
		return err
	}
	p.told[name] = revision
	return nil
}

// applied is the record of a policy as it is now.
func applied(e bus.Entry[*eventv1.PolicyDocument], before bool) *eventv1.AuditRecord {
	d, what, reason := e.Value, "policy applied", "of the command line"
	if before {
		what = "policy changed"
	}
	if d.GetOrigin() == "file" {
		reason = "of the evaluator's folder of policies"
	}
	at := d.GetAt()
	if at == nil {
		at = timestamppb.New(e.Created)
	}
	return &eventv1.AuditRecord{Id: fmt.Sprintf("policy/%s/%d", e.Key, e.Revision), At: at, Actor: author(d), What: what,
		Target: e.Key, Reason: reason, Result: fmt.Sprintf("in force as revision %d", e.Revision), Labels: []*eventv1.Label{{Name: revisionLabel, Value: strconv.FormatUint(e.Revision, 10)}}}
}

// author is who applied it, as far as the policy says; the folder's nobody.
func author(d *eventv1.PolicyDocument) *eventv1.Actor {
	if d.GetAuthor() == "" {
		return &eventv1.Actor{Backend: d.GetOrigin()}
	}
	return &eventv1.Actor{Backend: d.GetOrigin(), Person: &eventv1.Person{Name: d.GetAuthor()}}
}

func deleted(name string, was uint64) *eventv1.AuditRecord {
	return &eventv1.AuditRecord{Id: fmt.Sprintf("policy/%s/%d/deleted", name, was), At: timestamppb.Now(), What: "policy deleted", Target: name,
		Reason: "it is no more: its file went, or parley policy delete", Result: fmt.Sprintf("revision %d was the last", was)}
}

const revisionLabel = "revision"

// recall reads from the audit what it knows of policies.
func recall(ctx context.Context, conn *bus.Conn) (map[string]uint64, error) {
	prefix := strings.TrimSuffix(string(bus.Audit(policyEntity, "x")), "x")
	stream, err := conn.JetStream().Stream(ctx, bus.AuditLog.Name)
	if err != nil {
		return nil, fmt.Errorf("policies in the audit: %w", err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+"*"))
	if err != nil {
		return nil, fmt.Errorf("policies in the audit: %w", err)
	}
	told := map[string]uint64{}
	for subject := range info.State.Subjects {
		m, err := bus.LastMessage(ctx, conn, bus.AuditLog, bus.Subject[*eventv1.AuditRecord](subject))
		if errors.Is(err, bus.ErrNotFound) {
			continue // it grew too old
		}
		if err != nil {
			return nil, err
		}
		told[m.Event.GetTarget()] = revision(m.Event)
	}
	return told, nil
}

func revision(r *eventv1.AuditRecord) uint64 {
	for _, l := range r.GetLabels() {
		if n, err := strconv.ParseUint(l.GetValue(), 10, 64); err == nil && l.GetName() == revisionLabel {
			return n
		}
	}
	return 0
}
