package waste

import (
	"math"
	"time"
)

// Load is what an instance did, by the hour. CPU and Memory are the hours'
// maxima in percent, the others their sums.
type Load struct {
	CPU Hours
	// Failed is above 0 in hours in which a status check failed.
	Failed               Hours
	Memory               Hours // empty: no agent reports it
	BytesIn, BytesOut    Hours
	PacketsIn            Hours
	PacketsOut           Hours
	DiskReads, DiskWrite Hours
}

// Idle says whether an instance idles, and on what grounds.
type Idle struct {
	Is bool
	// Why not, in words; empty if it idles.
	Why string
	// For is how long every hour was quiet, at most as far back as was looked.
	For time.Duration
	// CPUMax is the busiest hour's CPU in percent, NetworkMB its network in MB a
	// day, over that time.
	CPUMax, NetworkMB float64
	// Days of the last 14 that were quiet, and Confidence in percent from them:
	// 30 is low, 60 medium, 90 high.
	Days       int
	Confidence float64
}

// The confidences.
const (
	LowConfidence    = 30
	MediumConfidence = 60
	HighConfidence   = 90
)

// JudgeIdle judges one instance at a time, by all of its metrics. Time in which
// it was stopped has no points and is not idleness: nothing before its last
// start counts.
//
// Source of the rule: Trusted Advisor's low utilization check (quiet on 4 of
// the last 14 days) and Compute Optimizer's idle rule (CPU below 5 %, network
// below 5 MB a day), with the hours' maxima instead of averages.
func (r *Rules) JudgeIdle(i Instance, l Load, now time.Time) Idle {
	if why := r.exempt(i, now); why != "" {
		return Idle{Why: why}
	}
	now = now.Truncate(time.Hour)
	cpu := l.CPU.since(i.Since)
	day := cpu.since(now.Add(-24 * time.Hour))
	if !day.enough(r.Missing / 100) {
		return Idle{Why: "too many points are missing"}
	}
	if l.Failed.since(now.Add(-3*time.Hour)).max() > 0 {
		return Idle{Why: "a status check fails: its figures mean nothing"}
	}
	if why := r.dayBusy(l, i.Since, now); why != "" {
		return Idle{Why: why}
	}
	out := Idle{Days: 1, For: 24 * time.Hour}
	run := true
	for d := 1; d < r.Days; d++ {
		end := now.Add(-time.Duration(d) * 24 * time.Hour)
		begin := end.Add(-24 * time.Hour)
		if begin.Before(i.Since) {
			break
		}
		quiet := cpu.since(begin).until(end).enough(r.Missing/100) && r.dayBusy(l, i.Since, end) == ""
		if quiet {
			out.Days++
		}
		if run = run && quiet; run {
			out.For += 24 * time.Hour
		}
	}
	// The day that was not quiet as a whole, or began before it was started, may
	// have ended quietly.
	for t := now.Add(-out.For - time.Hour); !t.Before(i.Since) && !math.IsNaN(l.CPU.at(t)) && r.hourQuiet(l, t); t = t.Add(-time.Hour) {
		out.For += time.Hour
	}
	if out.For < r.IdleAfter {
		return Idle{Why: "quiet for a shorter time than is asked for"}
	}
	from := now.Add(-out.For)
	out.Is = true
	out.CPUMax = cpu.since(from).max()
	out.NetworkMB = (l.BytesIn.since(from).sum() + l.BytesOut.since(from).sum()) / 1e6 / (out.For.Hours() / 24)
	switch {
	case out.Days >= r.Days && r.Days >= 14:
		out.Confidence = HighConfidence
	case out.Days >= r.MediumDays:
		out.Confidence = MediumConfidence
	default:
		out.Confidence = LowConfidence
	}
	return out
}

// exempt says why an instance is never called idle.
func (r *Rules) exempt(i Instance, now time.Time) string {
	switch {
	case i.State != "running":
		return "it does not run"
	case i.Tags[ProtectedTag] != "" && i.Tags.Kept(now):
		return "it is protected by its tag"
	case i.Tags.Kept(now):
		return "somebody said to keep it"
	case i.Tags[GroupTag] != "":
		return "its Auto Scaling group decides"
	case i.Since.IsZero() || now.Sub(i.Since) < 24*time.Hour:
		return "it runs for less than a day"
	}
	return ""
}

// dayBusy says by what the 24 hours before end were busy; empty: by nothing.
func (r *Rules) dayBusy(l Load, since, end time.Time) string {
	begin := end.Add(-24 * time.Hour)
	if begin.Before(since) {
		begin = since
	}
	cut := func(h Hours) Hours { return h.since(begin).until(end) }
	cpu := cut(l.CPU)
	ins, outs := cut(l.BytesIn), cut(l.BytesOut)
	switch {
	case cpu.max() >= r.CPU:
		return "its CPU works"
	case cpu.quantile(0.95) >= r.CPUP95:
		return "its CPU works in too many hours"
	case ins.points() == 0 || outs.points() == 0:
		return "nothing is known of its network"
	case (ins.sum()+outs.sum())/1e6 >= r.NetworkMB:
		return "its network is used"
	}
	for t := cpu.From; t.Before(end); t = t.Add(time.Hour) {
		if !r.hourQuiet(l, t) {
			return "packets come and go, or its volumes are used"
		}
	}
	return ""
}

// hourQuiet reports whether nothing of the instance was busy in an hour; an
// hour without points is quiet, for missing points are counted elsewhere.
func (r *Rules) hourQuiet(l Load, t time.Time) bool {
	plus := func(a, b Hours) float64 {
		x, y := a.at(t), b.at(t)
		if math.IsNaN(x) {
			x = 0
		}
		if math.IsNaN(y) {
			y = 0
		}
		return x + y
	}
	return !(l.CPU.at(t) >= r.CPU) && plus(l.BytesIn, l.BytesOut)/1e6 < r.NetworkMB &&
		plus(l.PacketsIn, l.PacketsOut)/3600 < r.Packets && plus(l.DiskReads, l.DiskWrite)/3600 < r.DiskOps
}
