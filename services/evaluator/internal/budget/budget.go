package budget

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

const every = 5 * time.Second

// Budget is what there may be, as of now.
type Budget struct {
	conn *bus.Conn
	log  *slog.Logger

	mu      sync.Mutex
	current *eventv1.BudgetChanged
	changed chan struct{} // closed at each change
}

// New returns a budget of so many series for each value of a label; 0 is as many as
// come. What was learned of silent series is kept for forgetAfter.
func New(conn *bus.Conn, log *slog.Logger, label string, series uint64, forgetAfter time.Duration) *Budget {
	b := &Budget{conn: conn, log: log, changed: make(chan struct{}), current: &eventv1.BudgetChanged{Label: label, Series: series}}
	if forgetAfter > 0 {
		b.current.ForgetAfter = durationpb.New(forgetAfter)
	}
	return b
}

// Run counts until ctx is done.
func (b *Budget) Run(ctx context.Context) {
	if b.current.Series == 0 {
		return
	}
	for wait.For(ctx, every) == nil {
		answers, err := bus.QueryAll(ctx, b.conn, &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
		if ctx.Err() != nil {
			return
		}
		now, _ := b.Current()
		next := proto.Clone(now).(*eventv1.BudgetChanged)
		next.Full = full(answers, err == nil, now)
		if slices.Equal(next.Full, now.Full) {
			continue
		}
		if len(next.Full) > 0 {
			b.log.Warn("teams that have as many series as they may: no new ones are taken", "teams", next.Full, "series", next.Series)
		} else {
			b.log.Info("every team may have more series again")
		}
		b.put(next)
	}
}

// Current returns what is in force, not to be changed, and a channel that closes when
// that changes.
func (b *Budget) Current() (*eventv1.BudgetChanged, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current, b.changed
}

func (b *Budget) put(next *eventv1.BudgetChanged) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current = next
	close(b.changed)
	b.changed = make(chan struct{})
}

// full returns the teams that have as many series as they may, by the answers of
// all partitions, or of some.
func full(answers []*eventv1.QueryAnswer, all bool, now *eventv1.BudgetChanged) []string {
	total := map[string]uint64{}
	for _, a := range answers {
		for _, t := range a.GetStatus().GetTeams() {
			total[t.GetTeam()] += t.GetSeries()
		}
	}
	var out []string
	for team, n := range total {
		if n >= now.GetSeries() {
			out = append(out, team)
		}
	}
	if !all {
		out = append(out, now.GetFull()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
