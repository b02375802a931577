package detect

import "math"

// channel judges a smoothed input by the tails of its deviations.
type channel struct {
	smooth, mean, deviation float32
	rows                    float32
	up, down                tail
}

const (
	settle = 50   // samples before which nothing is judged
	leastZ = 0.05 // deviations that are never unusual
)

// look returns how unusual x is upwards and downwards, in decades, and the
// smoothed input and deviations that learn needs.
func (c *channel) look(p *params, span, x, floor float64) (up, down, smooth, z float64) {
	smooth = x
	if c.rows > 0 {
		smooth = float64(c.smooth) + min(1, 2/(span+1))*(x-float64(c.smooth))
	}
	if c.rows < 2 {
		return 0, 0, smooth, 0
	}
	z = (smooth - float64(c.mean)) / max(float64(c.deviation), floor)
	z = max(-1e6, min(1e6, z))
	if c.rows >= settle {
		up, down = c.up.decades(p, z, leastZ), c.down.decades(p, -z, leastZ)
	}
	return up, down, smooth, z
}

// learn takes in what look returned.
func (c *channel) learn(p *params, smooth, z float64) {
	if c.rows >= 2 {
		c.up.learn(p, max(z, 0))
		c.down.learn(p, max(-z, 0))
	}
	mean, dev := float64(c.mean), float64(c.deviation)
	e := smooth
	if c.rows >= 30 {
		e = max(mean-p.clip*dev, min(mean+p.clip*dev, e))
	}
	rows := min(float64(c.rows)+1, p.memory)
	d := e - mean
	a := 1 / rows
	c.mean = float32(mean + a*d)
	c.deviation = float32(math.Sqrt((1 - a) * (dev*dev + a*d*d)))
	c.smooth, c.rows = float32(smooth), float32(rows)
}
