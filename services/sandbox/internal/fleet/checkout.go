package fleet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

const (
	heapMax     = 1 << 30 // bytes
	leakStart   = 52.0    // percent in use by what the leak holds, at the beginning
	leakFast    = 2.1     // percent a second, at the beginning
	leakFull    = 95.5    // percent; the leak starves itself there
	afterGC     = 33.0    // percent
	afterStart  = 21.0    // percent
	breach      = 85.0    // percent: where the story's incident opens
	startupTime = 5 * time.Second
)

// checkout is a JVM that leaks.
type checkout struct {
	opt   Options
	noise *rand.Rand

	age      time.Duration
	uptime   time.Duration
	down     time.Duration // until it is up again
	stopped  bool
	live     float64 // percent of the heap that a collection asked for would free most of
	young    float64 // percent of garbage since the last young collection
	rate     float64 // percent a second
	youngGCs int
	oldGCs   int
	ignore   bool // DisableExplicitGC
}

func newCheckout(opt Options, noise *rand.Rand) *checkout {
	return &checkout{opt: opt, noise: noise, live: leakStart, rate: leakFast, youngGCs: 41, oldGCs: 2, ignore: opt.DisableExplicitGC}
}

func (c *checkout) about() about {
	return about{
		name: "checkout", kind: "jvm", every: time.Second, format: jsonFormat,
		operations: []string{"collect-garbage", "restart", "stop", "start"},
	}
}

func (c *checkout) up() bool { return !c.stopped && c.down <= 0 }

func (c *checkout) step(dt time.Duration) {
	c.age += dt
	if c.stopped {
		return
	}
	if c.down > 0 {
		c.down -= dt
		return
	}
	c.uptime += dt
	seconds := dt.Seconds()
	c.live = math.Min(leakFull, c.live+c.rate*seconds)
	c.young += seconds * (0.5 + 0.3*c.noise.Float64())
	if room := 98 - c.live; c.young > math.Min(3.5, room) {
		c.young = 0.3 * c.noise.Float64()
		c.youngGCs++
		if c.live > 92 {
			c.oldGCs++ // it tries, and frees nothing
		}
	}
}

func (c *checkout) heap() float64 { return c.live + c.young }

func (c *checkout) labels() map[string]string {
	return map[string]string{"service": "checkout", "instance": "checkout-1", "env": "prod"}
}

func (c *checkout) samples() []Sample {
	if !c.up() {
		return nil
	}
	heap := c.heap()
	strain := math.Max(0, heap-70)
	latency := 138 + 10*c.noise.NormFloat64() + 1.15*strain*strain
	rate := 118 + 14*math.Sin(c.age.Seconds()/97) + 3*c.noise.NormFloat64() - 1.2*math.Max(0, heap-88)
	list := []Sample{
		{Name: "jvm.heap.used_percent", Value: round(heap, 2)},
		{Name: "jvm.gc.count", Value: float64(c.youngGCs + c.oldGCs)},
		{Name: "requests.rate", Value: round(rate, 1)},
		{Name: "latency.p99", Value: round(latency, 1)},
		{Name: "errors.rate", Value: round(math.Max(0, 0.1+0.05*c.noise.NormFloat64()+0.12*math.Max(0, heap-88)), 2)},
	}
	for i := range list {
		list[i].Labels = c.labels()
	}
	return list
}

func (c *checkout) do(op string) error {
	switch op {
	case "collect-garbage":
		if !c.up() {
			return fmt.Errorf("checkout-1 is not running")
		}
		c.collect()
	case "restart":
		c.stopped = false
		c.begin()
	case "stop":
		c.stopped = true
	case "start":
		if c.stopped {
			c.stopped = false
			c.begin()
		}
	}
	return nil
}

func (c *checkout) begin() {
	c.down, c.uptime, c.live, c.young, c.youngGCs, c.oldGCs = startupTime, 0, afterStart, 0, 0, 0
	c.slow()
}

// slow makes the leak take LeakAgain from here to the breach.
func (c *checkout) slow() { c.rate = (breach - c.live) / c.opt.LeakAgain.Seconds() }

// collect is an explicit full collection.
func (c *checkout) collect() {
	if c.ignore {
		return
	}
	c.oldGCs++
	c.live, c.young = math.Min(c.live, afterGC+1.5*c.noise.Float64()), 0
	c.slow()
}

func (c *checkout) state() map[string]any {
	return map[string]any{
		"running": c.up(), "heap_used_percent": round(c.heap(), 2), "collections": c.youngGCs + c.oldGCs,
		"uptime_seconds": int(c.uptime.Seconds()), "disable_explicit_gc": c.ignore,
	}
}

func (c *checkout) set(values map[string]any) error {
	for key, v := range values {
		flag, isFlag := v.(bool)
		number, isNumber := v.(float64)
		switch {
		case key == "disable_explicit_gc" && isFlag:
			c.ignore = flag
		case key == "heap_percent" && isNumber:
			c.live, c.young = math.Max(0, math.Min(leakFull, number)), 0
		case key == "leak_percent_per_second" && isNumber:
			c.rate = number
		default:
			return fmt.Errorf("checkout has disable_explicit_gc (true, false), heap_percent and leak_percent_per_second, not %s = %v: %w", key, v, ErrUnknown)
		}
	}
	return nil
}

// round keeps a number of decimals.
func round(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(v*p) / p
}
