package waste

import (
	"math"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/price"
)

// judgeSize judges whether a smaller type of the same family would do. What
// idles is told as idle and not as too large.
func (r *Rules) judgeSize(region string, i Instance, m Measured, now time.Time, p Prices, idle bool) Judgement {
	j := Judgement{Kind: OversizedInstance, Resource: i.ID, Type: "instance", Tags: i.Tags, Labels: map[string]string{"instance_id": i.ID, "instance_type": i.Type}}
	j.priceHour(hourly(region, i, p))
	l := m.Instance(i.ID)
	j.Hourly = map[string]Hours{"cpu_max_percent": l.CPU}
	now = now.Truncate(time.Hour)
	cpu := l.CPU.since(i.Since).since(now.Add(-time.Duration(r.SizeDays) * 24 * time.Hour))
	switch {
	case r.exempt(i, now) != "":
		j.Why = r.exempt(i, now)
	case idle:
		j.Why = "it is told as idle"
	case len(cpu.Values) < r.SizeDays*24 || !cpu.enough(r.Missing/100):
		j.Why = "too few figures yet"
	}
	if j.Why != "" {
		return j
	}
	need := Need{CPUP95: cpu.quantile(0.95), CPUMax: cpu.max(), Memory: r.AssumeMemory}
	memory := l.Memory.since(i.Since).since(now.Add(-time.Duration(r.SizeDays) * 24 * time.Hour))
	if need.MemoryKnown = memory.enough(r.Missing / 100); need.MemoryKnown {
		need.Memory = memory.max()
	}
	smaller, ok := r.Smaller(i.Type, need, p)
	then := i
	then.Type = smaller
	a, knownNow := hourly(region, i, p)
	b, knownThen := hourly(region, then, p)
	if !ok || knownNow && knownThen && a <= b {
		j.Why = "no smaller type of its family would do"
		return j
	}
	j.Waste, j.For = true, time.Duration(len(cpu.Values))*time.Hour
	j.Labels["suggested_type"] = smaller
	j.Labels["memory"] = "unknown"
	if need.MemoryKnown {
		j.Labels["memory"] = "measured"
	}
	j.Figures = map[string]float64{"cpu_p95_percent": need.CPUP95, "cpu_limit_percent": r.limitCPU(i.Type, smaller, p), "memory_percent": need.Memory}
	if knownNow {
		j.Figures["usd_month_now"] = a * price.HoursPerMonth
	}
	if knownThen {
		j.Figures["usd_month_then"] = b * price.HoursPerMonth
	}
	j.Priced = false
	j.priceHour(a-b, knownNow && knownThen)
	return j
}

// limitCPU returns what the CPU of a type may come to in an hour so that the
// smaller type still does, in percent.
func (r *Rules) limitCPU(current, smaller string, p Prices) float64 {
	now, _, _ := p.Shape(current)
	then, _, _ := p.Shape(smaller)
	return min(100, r.SizeCPUMax*then/now)
}

// Need is what an instance uses of what it has, in percent.
type Need struct {
	// CPUP95 and CPUMax are over the hours' maxima.
	CPUP95, CPUMax float64
	// Memory is the most that was used, or what is assumed.
	Memory      float64
	MemoryKnown bool
}

// Smaller returns the smallest type of the same family in which what is needed
// takes no more than the rules allow; false if there is none, or the type's
// shape is not known. Types that live on CPU credits are left alone: below
// their baseline they are not slower but throttled.
func (r *Rules) Smaller(current string, n Need, p Prices) (string, bool) {
	family, _, ok := strings.Cut(current, ".")
	vcpu, mem, known := p.Shape(current)
	if !ok || !known || vcpu <= 0 || mem <= 0 || strings.HasPrefix(family, "t") || math.IsNaN(n.CPUP95) {
		return "", false
	}
	best, bestCPU, bestMem := "", vcpu, mem
	for _, t := range p.Types() {
		f, _, _ := strings.Cut(t, ".")
		c, g, ok := p.Shape(t)
		if f != family || t == current || !ok || c <= 0 || g <= 0 || c > bestCPU || g > bestMem || c == bestCPU && g == bestMem || strings.HasSuffix(t, ".metal") {
			continue
		}
		share := vcpu / c
		if n.CPUP95*share <= r.SizeCPU && n.CPUMax*share <= r.SizeCPUMax && n.Memory*mem/g <= r.SizeMemory {
			best, bestCPU, bestMem = t, c, g
		}
	}
	return best, best != ""
}
