package evaluator

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/propose"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
)

const (
	// proposeOver is how far back history is replayed.
	proposeOver = 28 * 24 * time.Hour
	// proposeFor bounds that.
	proposeFor = 15 * time.Minute
)

// proposer finds changes of noisy policies, one question at a time: each is a
// replay of all that is stored.
type proposer struct {
	env  service.Env
	past past
	busy chan struct{}
}

func newProposer(env service.Env, past past) *proposer {
	return &proposer{env, past, make(chan struct{}, 1)}
}

// answer says which changes would have kept noise away.
func (p *proposer) answer(ctx context.Context, q *eventv1.ProposeQuery) (a *eventv1.ProposeAnswer) {
	defer func() {
		if bug := recover(); bug != nil { // which costs this answer only
			p.env.Log.Error("proposals: panic", "err", fmt.Sprintf("%v\n%s", bug, debug.Stack()))
			a = &eventv1.ProposeAnswer{Error: "the replay failed"}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, proposeFor)
	defer cancel()
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	case <-ctx.Done():
		return &eventv1.ProposeAnswer{Error: "others are answered first: try again in a few minutes"}
	}
	a, err := p.find(ctx, q)
	if err != nil {
		return &eventv1.ProposeAnswer{Error: err.Error()}
	}
	return a
}

func (p *proposer) find(ctx context.Context, q *eventv1.ProposeQuery) (*eventv1.ProposeAnswer, error) {
	ended := map[string]*eventv1.Evidence{}
	for _, e := range q.GetEvidence() {
		ended[e.GetPolicy()] = e
	}
	entries, err := bus.Policies.List(ctx, p.env.Bus)
	if err != nil {
		return nil, fmt.Errorf("the policies could not be read: %w", err)
	}
	var policies []policy.Policy
	for _, e := range entries {
		if one, problems := policy.ParseOne(e.Key, e.Value.GetYaml()); len(problems) == 0 && ended[one.Name] != nil {
			policies = append(policies, one)
		}
	}
	trial := propose.New(policies, func(name string) *eventv1.Evidence { return ended[name] })
	a := &eventv1.ProposeAnswer{Tried: trial.Tried()}
	if len(a.GetTried()) == 0 {
		return a, nil
	}
	err = p.past.read(ctx, time.Now().Add(-proposeOver), func(e replay.Entry) error {
		if a.From == nil {
			a.From = timestamppb.New(e.Stored)
		}
		a.To = timestamppb.New(e.Stored)
		return trial.Apply(e.Partition, e.Stored, e.Event)
	})
	if err != nil {
		return nil, fmt.Errorf("the history could not be replayed: %w", err)
	}
	found, err := trial.End()
	if err != nil {
		return nil, fmt.Errorf("the history could not be replayed: %w", err)
	}
	for _, one := range found {
		a.Proposals = append(a.Proposals, &eventv1.Proposal{Policy: one.Policy, Change: one.Change, Effect: one.Words(), Proof: one.Proof(), Yaml: one.YAML})
	}
	return a, nil
}
