package incident

import (
	"testing"
	"time"
)

// TestANewPolicySeesSinceWhen: what is below its limit for hours is so since
// then, and not since the policy looks.
func TestANewPolicySeesSinceWhen(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[]`)
	s.load("m{host=a}", time.Minute, 40, 41, 40, 3, 2, 1, 2, 3)
	s.policies(`[{name: p, when: {metric: m, below: 5}}]`)
	s.advance(time.Second)
	s.expect("p{host=a} OPEN BREACHED")
	c := s.last().Conditions[0]
	if age := c.ValueAt.AsTime().Sub(c.Since.AsTime()); age != 4*time.Minute || !c.HasBefore || c.Before != 40 || c.Peak != 1 || c.Value != 3 {
		t.Errorf("since %s before the newest, %v", age, c)
	}
}
