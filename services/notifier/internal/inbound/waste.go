package inbound

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Digest returns what there is to say about waste and savings at a time.
func (h *Handler) Digest(ctx context.Context, at time.Time) (*record.Digest, error) {
	d := &record.Digest{At: at, Finds: savings.Finds(h.open(ctx), at)}
	d.Total, d.Unpriced = savings.Total(d.Finds)
	runs, err := h.runs(ctx)
	if err != nil {
		return nil, err
	}
	d.Month, d.Ever = savings.Of(runs, savings.Month(at), at), savings.Of(runs, time.Time{}, at)
	costs, err := h.costs(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range costs {
		d.Watching += c.GetUsd()
	}
	return d, nil
}

// costs returns what watching costs this month, the dearest first.
func (h *Handler) costs(ctx context.Context) ([]*eventv1.WatchCost, error) {
	all, err := bus.WatchCosts.List(ctx, h.Conn)
	if err != nil {
		return nil, err
	}
	var out []*eventv1.WatchCost
	for _, e := range all {
		if e.Value.GetMonth() == time.Now().UTC().Format("2006-01") {
			out = append(out, e.Value)
		}
	}
	slices.SortFunc(out, func(a, b *eventv1.WatchCost) int {
		switch {
		case a.GetForecastUsd() > b.GetForecastUsd():
			return -1
		case a.GetForecastUsd() < b.GetForecastUsd():
			return 1
		}
		return strings.Compare(a.GetAccount()+a.GetRegion(), b.GetAccount()+b.GetRegion())
	})
	return out, nil
}

// idle answers with what is paid for and not used.
func (h *Handler) idle(ctx context.Context, _ *ask) (chat.Content, error) {
	d, err := h.Digest(ctx, time.Now())
	if err != nil {
		return chat.Content{}, err
	}
	d.Watching = 0
	if len(d.Finds) > message.Listed {
		d.More, d.Finds = len(d.Finds)-message.Listed, d.Finds[:message.Listed]
	}
	return message.Digest(d), nil
}

// cost answers with what watching costs, what is wasted and what was saved.
func (h *Handler) cost(ctx context.Context, _ *ask) (chat.Content, error) {
	d, err := h.Digest(ctx, time.Now())
	if err != nil {
		return chat.Content{}, err
	}
	costs, err := h.costs(ctx)
	if err != nil {
		return chat.Content{}, err
	}
	lines := chat.Lines{{chat.B("Watching AWS")}}
	spent, forecast := 0.0, 0.0
	for i, c := range costs {
		spent, forecast = spent+c.GetUsd(), forecast+c.GetForecastUsd()
		if i >= rows {
			continue
		}
		line := chat.Line{chat.P("• "), chat.B(savings.USD(c.GetUsd())), chat.P(fmt.Sprintf(" so far, %s by the end of the month · %s %s, %d series",
			savings.USD(c.GetForecastUsd()), or(c.GetAccountName(), c.GetAccount()), c.GetRegion(), c.GetSeries()))}
		if b := c.GetBudgetUsd(); b > 0 {
			line = append(line, chat.P(" · budget "+savings.USD(b)))
		}
		if s := c.GetStretch(); s > 1 {
			line = append(line, chat.P(fmt.Sprintf(" · looks %.1f times rarer to keep to it", s)))
		}
		lines = append(lines, line)
		if p := c.GetProblem(); p != "" {
			lines = append(lines, chat.Line{chat.P("   ⚠️ " + message.Cut(p, 300))})
		}
	}
	if len(costs) == 0 {
		lines = append(lines, chat.Line{chat.P("No account is watched, or none has cost anything this month.")})
	}
	out := chat.Content{Text: "Watching AWS: " + savings.USD(spent) + " this month, " + savings.USD(forecast) + " by its end", Parts: []chat.Part{lines}}
	if p := policyCosts(costs); p != nil {
		out.Parts = append(out.Parts, p)
	}
	waste := chat.Lines{{chat.B("Paid for and not used"), chat.P(": " + wasted(d))}}
	out.Parts = append(out.Parts, waste, message.SavedLines(d.Month, d.Ever, d.At), chat.Note{{chat.P(savings.Note())}, {chat.C("/parley idle"), chat.P(" lists what is not used")}})
	return out, nil
}

func wasted(d *record.Digest) string {
	n := len(d.Finds)
	finds := fmt.Sprintf("%d finds", n)
	if n == 1 {
		finds = "1 find"
	}
	switch {
	case n == 0:
		return "nothing that Parley can see"
	case d.Unpriced == n:
		return finds + " of unknown price"
	case d.Unpriced > 0:
		return fmt.Sprintf("%s, about %s a month and %d of unknown price", finds, savings.USD(d.Total), d.Unpriced)
	default:
		return finds + ", about " + savings.USD(d.Total) + " a month"
	}
}

// policyCosts says what the dearest policies cost.
func policyCosts(costs []*eventv1.WatchCost) chat.Lines {
	sum := map[string]float64{}
	for _, c := range costs {
		for _, p := range c.GetPolicies() {
			sum[p.GetPolicy()] += p.GetUsdPerMonth()
		}
	}
	names := make([]string, 0, len(sum))
	for name, usd := range sum {
		if usd > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.SortFunc(names, func(a, b string) int {
		if sum[a] != sum[b] {
			if sum[a] > sum[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	lines := chat.Lines{{chat.B("By policy")}}
	for i, name := range names {
		if i == 8 {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more policies", len(names)-i))})
			break
		}
		lines = append(lines, chat.Line{chat.P("• "), chat.C(name), chat.P(" costs " + savings.USD(sum[name]) + " a month")})
	}
	return lines
}
