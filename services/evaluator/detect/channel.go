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
	early  = 2    // samples before which deviations are not known
	leastZ = 0.05 // deviations that are never unusual
	mostZ  = 50   // more is as unusual
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
	z = max(-mostZ, min(mostZ, z))
	if c.rows >= settle {
		up, down = c.up.decades(p, z, leastZ), c.down.decades(p, -z, leastZ)
	}
	return up, down, smooth, z
}

// learn takes in what look returned. What is far off counts as clip deviations,
// or as more when that has become usual: else a line that was flat once would
// have no deviation for ever.
func (c *channel) learn(p *params, smooth, z, floor float64) {
	if c.rows >= early {
		c.up.learn(p, max(z, 0))
		c.down.learn(p, max(-z, 0))
	}
	mean, dev := float64(c.mean), float64(c.deviation)
	e := smooth
	if c.rows >= 30 {
		most := p.clip * max(dev, floor) * max(1, float64(c.up.scale+c.down.scale))
		e = max(mean-most, min(mean+most, e))
	}
	rows := min(float64(c.rows)+1, p.memory)
	d := e - mean
	a := 1 / rows
	c.mean = float32(mean + a*d)
	c.deviation = float32(math.Sqrt((1 - a) * (dev*dev + a*d*d)))
	c.smooth, c.rows = float32(smooth), float32(rows)
}
