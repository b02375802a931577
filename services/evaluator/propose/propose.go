package propose

import (
	"cmp"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/internal/label"
)

const (
	// Few is how many noise incidents are too few to change a policy for.
	Few = 3
	// Most is how many policies are tried at once.
	Most = 10
	// share of a policy's incidents that has to be noise, and of the noise that has
	// to go.
	share = 1.0 / 3
	// asGood is what part of the best change's effect a smaller one needs.
	asGood = 0.8
)

// Proposal is a change that would have kept noise away.
type Proposal struct {
	Policy string
	// Change in words, and the policy's text with it.
	Change, YAML string
	// Removed of Noise incidents would not have opened; all the Useful would, up to
	// Later than they did.
	Removed, Noise, Useful int
	Later                  time.Duration
	// Unproven incidents ended in that time too, but the history does not show them
	// again: the policy was another, or it begins too late.
	Unproven int
	// From and To is the time of the history.
	From, To time.Time
}

// Trial tries changes of policies over a history.
type Trial struct {
	tried    []*subject
	from, to time.Time
}

// subject is one policy that is tried: as it is and in each variant.
type subject struct {
	policy   policy.Policy
	ended    []*eventv1.EndedIncident
	wanted   *replay.Selection
	before   *replay.Log
	variants []*candidate
}

type candidate struct {
	variant
	log *replay.Log
}

// New returns a trial of the policies whose incidents were noise too often. ended
// returns how incidents of a policy ended, nil if nobody knows.
func New(policies []policy.Policy, ended func(policy string) *eventv1.Evidence) *Trial {
	t := &Trial{}
	noise := map[string]int{}
	for _, p := range policies {
		e := ended(p.Name).GetIncidents()
		for _, in := range e {
			if !evidence.Worthwhile(in.GetOutcome()) {
				noise[p.Name]++
			}
		}
		if !p.Enabled || noise[p.Name] < Few || float64(noise[p.Name]) < share*float64(len(e)) {
			continue
		}
		t.tried = append(t.tried, &subject{policy: p, ended: e})
	}
	slices.SortStableFunc(t.tried, func(a, b *subject) int { return cmp.Compare(noise[b.policy.Name], noise[a.policy.Name]) })
	t.tried = t.tried[:min(len(t.tried), Most)]
	for _, s := range t.tried {
		s.wanted = replay.Only(s.policy)
		s.before = replay.NewLog([]policy.Policy{s.policy}, nil)
		for _, v := range variants(s.policy) {
			s.variants = append(s.variants, &candidate{v, replay.NewLog([]policy.Policy{v.policy}, nil)})
		}
	}
	return t
}

// Tried returns the names of the policies that are tried.
func (t *Trial) Tried() []string {
	var out []string
	for _, s := range t.tried {
		out = append(out, s.policy.Name)
	}
	return out
}

// Apply replays an entry of the history; see [replay.Log.Apply].
func (t *Trial) Apply(p bus.Partition, stored time.Time, e *eventv1.PartitionEntry) error {
	if t.from.IsZero() {
		t.from = stored
	}
	if stored.After(t.to) {
		t.to = stored
	}
	for _, s := range t.tried {
		part := s.wanted.Pick(e)
		if part == nil {
			continue
		}
		if err := s.before.Apply(p, stored, part); err != nil {
			return err
		}
		for _, c := range s.variants {
			if err := c.log.Apply(p, stored, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// End returns what is proposed, that which removes most first.
func (t *Trial) End() ([]Proposal, error) {
	var out []Proposal
	for _, s := range t.tried {
		p, err := t.best(s)
		if err != nil {
			return nil, err
		}
		if p != nil {
			out = append(out, *p)
		}
	}
	slices.SortStableFunc(out, func(a, b Proposal) int { return cmp.Compare(b.Removed, a.Removed) })
	return out, nil
}

// best returns the change that is proposed for a policy; nil: none.
func (t *Trial) best(s *subject) (*Proposal, error) {
	before, err := s.before.End(t.to)
	if err != nil {
		return nil, err
	}
	seen, unproven := t.pair(before, s.ended)
	var good []Proposal
	for _, c := range s.variants {
		after, err := c.log.End(t.to)
		if err != nil {
			return nil, err
		}
		p := Proposal{Policy: s.policy.Name, Change: c.words, YAML: c.policy.YAML, Unproven: unproven, From: t.from, To: t.to}
		if p.weigh(replay.Diff(before, after, t.to), seen) && (!c.off || p.Useful == 0) {
			good = append(good, p)
		}
	}
	if len(good) == 0 {
		return nil, nil
	}
	most := slices.MaxFunc(good, func(a, b Proposal) int { return cmp.Compare(a.Removed, b.Removed) }).Removed
	i := slices.IndexFunc(good, func(p Proposal) bool { return float64(p.Removed) >= asGood*float64(most) })
	return &good[i], nil
}

// outcome is how an incident of the replay ended when people saw it.
type outcome map[*replay.Incident]eventv1.Outcome

// pair finds the incidents that people saw among those of the replay: of the same
// labels and open at the same time, each once. unproven are those not found.
func (t *Trial) pair(before []replay.Incident, ended []*eventv1.EndedIncident) (seen outcome, unproven int) {
	seen = outcome{}
	by := map[string][]*replay.Incident{}
	for i := range before {
		l := before[i].Labels.String()
		by[l] = append(by[l], &before[i])
	}
	for _, in := range ended {
		opened, resolved := in.GetOpenedAt().AsTime(), in.GetResolvedAt().AsTime()
		if resolved.Before(t.from) || opened.After(t.to) {
			continue
		}
		l := label.FromProto(in.GetLabels()).String()
		i := slices.IndexFunc(by[l], func(b *replay.Incident) bool {
			_, taken := seen[b]
			end := b.Resolved
			if end.IsZero() {
				end = t.to
			}
			return !taken && !b.Opened.After(resolved) && !end.Before(opened)
		})
		if i < 0 {
			unproven++
			continue
		}
		seen[by[l][i]] = in.GetOutcome()
	}
	return seen, unproven
}

// weigh counts what a change does to the incidents that people saw, and reports
// whether it is worth proposing.
func (p *Proposal) weigh(diff []replay.Difference, seen outcome) bool {
	for _, d := range diff {
		if d.Change == replay.Appeared {
			return false
		}
		o, known := seen[d.Before]
		switch {
		case !known:
		case evidence.Worthwhile(o):
			if p.Useful++; d.After == nil {
				return false
			}
			p.Later = max(p.Later, d.After.Opened.Sub(d.Before.Opened))
		default:
			if p.Noise++; d.After == nil {
				p.Removed++
			}
		}
	}
	return p.Removed >= Few && float64(p.Removed) >= share*float64(p.Noise)
}
