package evaluator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/yamlfile"
)

const (
	// storedFor is how long what is stored is read: then it is told how far that
	// came.
	storedFor = 18 * time.Second
	// storedBytes is how much of each side's changes an answer has, storedMost how
	// many are kept until it is known which.
	storedBytes = 400 << 10
	storedMost  = 20_000
)

// errEnough ends a reading whose time is over.
var errEnough = errors.New("enough")

// tryStored says what a policy would have done over what is stored, as it is and
// with what the question changes of it, judged by the code that judges live.
func tryStored(ctx context.Context, stored past, q *eventv1.ReplayQuery, p policy.Policy) (*eventv1.ReplayAnswer, error) {
	sides := []*judged{{policy: p}}
	if len(q.GetChanged()) > 0 {
		changed, err := rewritten(p, q.GetChanged())
		if err != nil {
			return &eventv1.ReplayAnswer{Error: err.Error()}, nil
		}
		sides = append(sides, &judged{policy: changed})
	}
	for _, s := range sides {
		s.policy.Enabled = true // what it would do is the question
		s.log = replay.NewLog([]policy.Policy{s.policy}, s.take)
	}
	wanted := replay.Only(p) // what it looks at does not change with the values
	var from, to time.Time
	begun := time.Now()
	err := stored.read(ctx, q.GetSince().AsTime(), func(e replay.Entry) error {
		if time.Since(begun) > storedFor {
			return errEnough
		}
		if e.Samples() > 0 {
			if from.IsZero() {
				from = e.Stored
			}
			to = e.Stored
		}
		part := wanted.Pick(e.Event)
		if part == nil {
			return nil
		}
		for _, s := range sides {
			if err := s.log.Apply(e.Partition, e.Stored, part); err != nil {
				return err
			}
		}
		return nil
	})
	a := &eventv1.ReplayAnswer{From: timestamppb.New(from), To: timestamppb.New(to)}
	switch {
	case errors.Is(err, errEnough):
		a.Note = fmt.Sprintf("there is more stored than can be read in %s: this ends at %s", storedFor, to.UTC().Format("2 Jan 15:04 MST"))
	case err != nil:
		return nil, err
	}
	if from.IsZero() {
		return &eventv1.ReplayAnswer{}, nil
	}
	a.Series = uint32(sides[0].log.Series())
	for i, s := range sides {
		if _, err := s.log.End(to); err != nil {
			return nil, err
		}
		changes, left := s.newest(storedBytes)
		a.LeftOut = max(a.LeftOut, uint32(left))
		if i == 0 {
			a.Before = changes
		} else {
			a.After = changes
		}
	}
	return a, nil
}

// judged is a policy, and what came of it.
type judged struct {
	policy  policy.Policy
	log     *replay.Log
	changes []*eventv1.IncidentChanged
	dropped int // incidents
}

// take keeps a change that people would hear of.
func (s *judged) take(c *eventv1.IncidentChanged) {
	if c.GetOpenedAt() == nil {
		return
	}
	s.changes = append(s.changes, c)
	if len(s.changes) > storedMost {
		s.changes, s.dropped = s.newest(storedBytes)
	}
}

// newest returns the changes of the newest incidents that have room, in their
// order, and how many incidents are left out.
func (s *judged) newest(room int) (kept []*eventv1.IncidentChanged, left int) {
	sizes, first := map[string]int{}, map[string]int{}
	for i, c := range s.changes {
		if _, known := first[c.GetId()]; !known {
			first[c.GetId()] = i
		}
		sizes[c.GetId()] += proto.Size(c) + 8
	}
	ids := slices.SortedFunc(maps.Keys(first), func(a, b string) int { return cmp.Compare(first[b], first[a]) })
	keep := map[string]bool{}
	left = s.dropped
	for i, id := range ids {
		if room -= sizes[id]; room < 0 {
			left += len(ids) - i
			break
		}
		keep[id] = true
	}
	for _, c := range s.changes {
		if keep[c.GetId()] {
			kept = append(kept, c)
		}
	}
	return kept, left
}

// rewritten returns the policy with other values of keys in its conditions. A key
// has to stand there once.
func rewritten(p policy.Policy, values map[string]string) (policy.Policy, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(p.YAML), &doc); err != nil || len(doc.Content) != 1 {
		return p, fmt.Errorf("the policy cannot be read: %w", err)
	}
	when := yamlfile.Value(doc.Content[0], "when")
	for _, key := range slices.Sorted(maps.Keys(values)) {
		found := scalars(when, key)
		switch len(found) {
		case 0:
			return p, fmt.Errorf("the policy's conditions have no %q; they have %s", key, keysOf(when))
		case 1:
			found[0].Value, found[0].Tag, found[0].Style = values[key], "", 0
		default:
			return p, fmt.Errorf("%q stands %d times in the policy's conditions: which one is meant? parley policy replay --against FILE takes any change", key, len(found))
		}
	}
	text, err := yamlfile.Text(doc.Content[0])
	if err != nil {
		return p, err
	}
	changed, problems := policy.ParseOne(p.Name, text)
	if len(problems) > 0 {
		return p, errors.New(problems[0].Text)
	}
	return changed, nil
}
