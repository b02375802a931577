package fleet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// cart has a daily cycle, and deployments that double its latency for a while.
type cart struct {
	opt   Options
	noise *rand.Rand

	age     time.Duration
	deploy  time.Duration // of age: when the next deployment comes
	hurt    time.Duration // how long the present one still hurts
	version int
	stopped bool
}

func newCart(opt Options, noise *rand.Rand) *cart {
	return &cart{opt: opt, noise: noise, deploy: opt.DeployAfter, version: 17}
}

func (c *cart) about() about {
	return about{
		name: "cart", kind: "service", every: 5 * time.Second, format: lineFormat,
		operations: []string{"rollback", "restart", "stop", "start"},
	}
}

func (c *cart) step(dt time.Duration) {
	c.age += dt
	c.hurt = max(0, c.hurt-dt)
	if c.opt.DeployEvery > 0 && c.age >= c.deploy {
		c.deploy = c.age + c.opt.DeployEvery
		c.hurt = c.opt.DeployFor
		c.version++
	}
}

func (c *cart) samples() []Sample {
	if c.stopped {
		return nil
	}
	day := (1 - math.Cos(2*math.Pi*c.age.Seconds()/c.opt.Day.Seconds())) / 2 // 0 at night, 1 at noon
	slow := 1.0
	if c.hurt > 0 {
		slow = 2.1
	}
	var list []Sample
	for _, instance := range []string{"cart-1", "cart-2"} {
		labels := map[string]string{"service": "cart", "instance": instance, "env": "prod"}
		list = append(list,
			Sample{Name: "requests.rate", Labels: labels, Value: round(40+85*day+2*c.noise.NormFloat64(), 1)},
			Sample{Name: "latency.p99", Labels: labels, Value: round((165+70*day+6*c.noise.NormFloat64())*slow, 1)},
			Sample{Name: "cpu.used_percent", Labels: labels, Value: round(math.Max(1, (14+38*day+1.5*c.noise.NormFloat64())*math.Sqrt(slow)), 1)},
		)
	}
	return list
}

func (c *cart) do(op string) error {
	switch op {
	case "rollback":
		if c.hurt > 0 {
			c.version--
		}
		c.hurt = 0
	case "stop":
		c.stopped = true
	case "start", "restart":
		c.stopped = false
	}
	return nil
}

func (c *cart) state() map[string]any {
	return map[string]any{
		"running": !c.stopped, "version": fmt.Sprintf("1.%d.0", c.version), "deployment_hurts": c.hurt > 0,
		"next_deployment_seconds": int((c.deploy - c.age).Seconds()),
	}
}

func (c *cart) set(values map[string]any) error {
	for key, v := range values {
		if key != "deploy" || v != true {
			return fmt.Errorf("cart has deploy (true), not %s = %v: %w", key, v, ErrUnknown)
		}
		c.deploy = c.age
	}
	return nil
}
