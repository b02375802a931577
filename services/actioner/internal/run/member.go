package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/permission"
)

const (
	// memberTime bounds one question about a person's groups.
	memberTime = 3 * time.Second
	// memberPause is after how long it is asked again.
	memberPause = 2 * time.Second
)

// still says why a person whom a list allowed when they clicked is not allowed
// any more, or nil. Who is allowed by name needs no question. While nobody says
// which groups they are in, its error asks to try again, but not for longer than
// freshWithin after since: then it is a refusal.
func (r *Runner) still(ctx context.Context, list []string, who *eventv1.Actor, since time.Time) (*Refusal, error) {
	if r.Member == nil || automatic(who) {
		return nil, nil
	}
	now := proto.CloneOf(who)
	now.Groups = nil
	if allows(list, now) {
		return nil, nil
	}
	var groups []string
	for _, entry := range list {
		if strings.HasPrefix(entry, "@") {
			groups = append(groups, entry)
		}
	}
	if len(groups) == 0 {
		return &Refusal{NotAllowed, nameOf(who) + " may not do this any more; " + strings.Join(list, ", ") + " may"}, nil
	}
	one, cancel := context.WithTimeout(ctx, memberTime)
	defer cancel()
	in, err := r.Member(one, who, groups)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		if time.Since(since) < freshWithin {
			return nil, bus.RetryAfter(memberPause, fmt.Errorf("look at who is in %s: %w", strings.Join(groups, ", "), err))
		}
		r.Log.Warn("groups of a person not read, run refused", "person", who.GetPerson().GetId(), "err", err)
		return &Refusal{NotChecked, fmt.Sprintf("it could not be checked whether %s is still in %s, so nothing was done; ask again shortly", nameOf(who), strings.Join(groups, ", "))}, nil
	}
	if now.Groups = in; !allows(list, now) {
		return &Refusal{NotAllowed, fmt.Sprintf("%s is not in %s any more, who may do this", nameOf(who), strings.Join(groups, ", "))}, nil
	}
	return nil, nil
}

// AskMember asks the notifiers which of these groups a person is in now.
func AskMember(conn *bus.Conn) func(context.Context, *eventv1.Actor, []string) ([]string, error) {
	return func(ctx context.Context, who *eventv1.Actor, groups []string) ([]string, error) {
		a, err := bus.Ask(ctx, conn, bus.MemberQuestion, &eventv1.MemberQuery{Backend: who.GetBackend(), PersonId: who.GetPerson().GetId(), Groups: groups})
		if err == nil && a.GetError() != "" {
			err = errors.New(a.GetError())
		}
		return a.GetGroups(), err
	}
}

// mayStart says why the people behind a run may not have it begin any more.
func (r *Runner) mayStart(ctx context.Context, run *eventv1.RunChanged, allow []string, approver *eventv1.Actor, from []string, since time.Time) (*Refusal, error) {
	no, err := r.still(ctx, allow, run.GetRequestedBy(), since)
	if no != nil || err != nil || approver == nil || !permission.Allows(from, approver) {
		return no, err
	}
	return r.still(ctx, from, approver, since)
}
