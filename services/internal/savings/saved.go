package savings

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/price"
)

// MostCounted is how long one run is counted as saving.
const MostCounted = 30 * 24 * time.Hour

// Saved is what runs saved.
type Saved struct {
	USD  float64 `json:"usd"`
	Runs int     `json:"runs"`
	// Since is the first of them.
	Since time.Time `json:"since,omitzero"`
	// USDPerHour is what is being saved now.
	USDPerHour float64 `json:"usd_per_hour"`
}

// Of returns what the runs saved between two times at list price.
func Of(runs []*eventv1.RunChanged, from, to time.Time) Saved {
	done := make([]*eventv1.RunChanged, 0, len(runs))
	for _, r := range runs {
		if r.GetState() == eventv1.RunState_RUN_STATE_DONE && r.GetFinishedAt() != nil && !r.GetDryRun() {
			done = append(done, r)
		}
	}
	slices.SortFunc(done, func(a, b *eventv1.RunChanged) int {
		return cmp.Or(a.GetFinishedAt().AsTime().Compare(b.GetFinishedAt().AsTime()), cmp.Compare(a.GetRunId(), b.GetRunId()))
	})
	var s Saved
	for i, r := range done {
		perHour := r.GetSavingUsdPerHour()
		if perHour <= 0 || math.IsInf(perHour, 0) || math.IsNaN(perHour) {
			continue
		}
		begin := r.GetFinishedAt().AsTime()
		end := ends(r, done[i+1:])
		if end.After(to) && !begin.After(to) {
			s.USDPerHour += perHour
		}
		began := begin
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if d := end.Sub(begin); d > 0 {
			s.USD += perHour * d.Hours()
			s.Runs++
			if s.Since.IsZero() || began.Before(s.Since) {
				s.Since = began
			}
		}
	}
	return s
}

// ends returns when a run's saving ended, given those that were done later.
func ends(r *eventv1.RunChanged, later []*eventv1.RunChanged) time.Time {
	end := r.GetFinishedAt().AsTime().Add(MostCounted)
	for _, o := range later {
		undoes := o.GetUndoOf() == r.GetRunId() || r.GetUndoneBy() == o.GetRunId()
		same := o.GetResource() != "" && o.GetResource() == r.GetResource()
		if undoes || same && (o.GetSavingUsdPerHour() > 0 || r.GetUndoAction() != "" && o.GetAction() == r.GetUndoAction()) {
			if at := o.GetFinishedAt().AsTime(); at.Before(end) {
				end = at
			}
			break
		}
	}
	return end
}

// Month returns the beginning of t's month in its zone.
func Month(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location()) }

// USD returns an amount for people: "$0.42", "$280", "$1,234".
func USD(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case a == 0:
		return "$0"
	case a < 0.01:
		return "less than $0.01"
	case a < 10:
		return fmt.Sprintf("$%.2f", v)
	case a < 1e15:
		s := strconv.FormatInt(int64(math.Round(v)), 10)
		for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
		return "$" + s
	}
	return fmt.Sprintf("$%.3g", v)
}

// Note says what kind of prices these are, and of when.
func Note() string {
	return "list price, on demand (instances: Linux), as of " + price.AsOf().Format(time.DateOnly)
}
