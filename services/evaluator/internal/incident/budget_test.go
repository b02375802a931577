package incident

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// allow puts a budget into the log of every partition.
func (s *sim) allow(b *eventv1.BudgetChanged) {
	for p := range s.states {
		s.entry(p, &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Budget{Budget: b}}, nil)
	}
}

// one partition of series that are told apart by i, so that they share it.
func onePartition(s *sim) (st *State, name func(owner string, i int) string) {
	s.send("m{owner=a}", 1, 0)
	for _, x := range s.states {
		st = x
	}
	return st, func(owner string, i int) string { return fmt.Sprintf("m%d{owner=%s}", i, owner) }
}

// Of a team that has as many series as it may no new ones are taken; those that it
// has go on, other teams are not concerned, and when there is room they are taken.
func TestATeamsBudget(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 5}}]`)
	st, name := onePartition(s) // m{owner=a}
	for i := range 4 {
		s.send(name("a", i), 1, 0)
	}
	s.allow(&eventv1.BudgetChanged{Label: "owner", Series: 5})
	use := func(owner string) *eventv1.TeamUse {
		for _, u := range st.Answer(&eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{Sizes: true}}}).Status.Teams {
			if u.Team == owner {
				return u
			}
		}
		return &eventv1.TeamUse{}
	}
	for i := range 3 {
		s.send(name("a", 100+i), 9, 0) // refused
		s.advance(sec)
		s.send(name("a", 100+i), 9, 0)
	}
	if u := use("a"); u.Series != 5 || u.Refused != 3 || u.Budget != 5 || u.DefinitionBytes == 0 || u.HistoryBytes == 0 {
		t.Errorf("%v", u)
	}
	if c := st.Counts(); c.Refused != 3 || c.Unknown != 0 || len(s.notes) != 1 || !strings.Contains(s.notes[0], "team a has as many series as it may (5)") {
		t.Errorf("%+v, notes %q", c, s.notes)
	}
	s.send("m{owner=a}", 9, 0) // goes on
	s.expect("p{owner=a} OPEN BREACHED")

	// Full by what other partitions have.
	s.allow(&eventv1.BudgetChanged{Label: "owner", Series: 9, Full: []string{"a"}})
	s.defined = map[uint64]bool{}
	s.send(name("a", 100), 9, 0)
	if u := use("a"); u.Series != 5 || u.Refused != 3 {
		t.Errorf("full elsewhere: %v", u)
	}
	// Room again: taken when it is defined again.
	s.allow(&eventv1.BudgetChanged{Label: "owner", Series: 9})
	if u := use("a"); u.Refused != 0 {
		t.Errorf("with room: %v", u)
	}
	s.defined = map[uint64]bool{}
	s.advance(sec)
	s.send(name("a", 100), 9, 0)
	if u := use("a"); u.Series != 6 || u.Refused != 0 {
		t.Errorf("taken: %v", u)
	}
	// By another label all are of one team without a name.
	s.allow(&eventv1.BudgetChanged{Label: "nothing", Series: 6})
	if u := use(""); u.Series != 6 || use("a").Series != 0 {
		t.Errorf("by another label: %v", u)
	}
}

// Other teams are not concerned.
func TestOtherTeamsGoOn(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 5}}]`)
	for i := range 40 {
		s.send(fmt.Sprintf("m{host=%d,owner=a}", i), 1, 0)
		s.send(fmt.Sprintf("m{host=%d,owner=b}", i), 1, 0)
	}
	s.allow(&eventv1.BudgetChanged{Label: "owner", Series: 1000, Full: []string{"a"}})
	for i := range 40 {
		s.send(fmt.Sprintf("m{host=new%d,owner=a}", i), 9, 0)
		s.send(fmt.Sprintf("m{host=new%d,owner=b}", i), 1, 0)
	}
	s.expect()
	total := map[string]uint64{}
	for _, st := range s.states {
		for _, u := range st.use(false) {
			total[u.Team] += u.Series
		}
	}
	if total["a"] != 40 || total["b"] != 80 {
		t.Errorf("%v", total)
	}
}

// What was learned of a series that sends no more is kept for as long as was said,
// by the log's time, and no longer; one that somebody waits for is not forgotten.
func TestTheDeadAreEvicted(t *testing.T) {
	t.Parallel()
	known := func(s *sim) (names string) {
		for _, st := range s.states {
			for i := range st.series {
				if x := &st.series[i]; x.id != 0 {
					names += x.name + " "
				}
			}
		}
		return names
	}
	s := newSim(t, `
- {name: base, when: {metric: learned, above: baseline}}
- {name: absent, when: {metric: awaited, absent: 5d}}`)
	for _, m := range []string{"plain", "learned", "awaited", "alive"} {
		s.send(m+"{host=a}", 1, 0)
	}
	s.allow(&eventv1.BudgetChanged{ForgetAfter: durationpb.New(2 * 24 * time.Hour)})
	f := func(d time.Duration, want ...string) {
		t.Helper()
		for range int(d / time.Hour) {
			s.advance(time.Hour)
			s.send("alive{host=a}", 1, 0)
		}
		got := known(s)
		for _, m := range []string{"plain", "learned", "awaited", "alive"} {
			if has := strings.Contains(got, m+" "); has != strings.Contains(strings.Join(want, " "), m) {
				t.Errorf("after %s there are %s; %s is %v", s.now.Format(time.DateTime), got, m, has)
			}
		}
	}
	f(5*time.Hour, "plain", "learned", "awaited", "alive")
	f(3*time.Hour, "learned", "awaited", "alive")
	f(38*time.Hour, "learned", "awaited", "alive")
	f(5*time.Hour, "awaited", "alive")
	f(3*24*time.Hour, "awaited", "alive")
	s.expect("absent{host=a} OPEN BREACHED")
	f(8*24*time.Hour, "awaited", "alive") // it holds: its incident is open
}

// A budget, and who was refused, are in snapshots.
func TestBudgetsAreInSnapshots(t *testing.T) {
	t.Parallel()
	s := newSim(t, `[{name: p, when: {metric: m, above: 5}}]`)
	st, name := onePartition(s)
	s.allow(&eventv1.BudgetChanged{Label: "owner", Series: 1})
	s.send(name("a", 1), 1, 0)
	back, err := Restore(st.partition, s.opt, st.Snapshot(), s.set)
	if err != nil || !bytes.Equal(back.Snapshot(), st.Snapshot()) || back.Budget() != st.Budget() || st.Budget() == 0 ||
		back.team("a").series != 1 || back.team("a").refused != 1 || back.Counts().Refused != 1 {
		t.Errorf("%v: %+v", err, back.team("a"))
	}
}
