package world

import (
	"errors"
	"math"
	"time"
)

// Clock is the time of the world, and how it goes on.
type Clock struct {
	Now    time.Time `json:"now"`
	Speed  float64   `json:"speed"`  // seconds of the world in one real second
	Frozen bool      `json:"frozen"` // it stands still
}

// ErrClock is returned for a speed or a time that no clock has.
var ErrClock = errors.New("speed must be above 0 and at most 100000, and now within the years 2000 to 2100")

// clock counts from an anchor, so that a change of speed never moves the time.
type clock struct {
	world, real time.Time
	speed       float64
	frozen      bool
}

func newClock() clock { return clock{speed: 1} }

func (c clock) now() time.Time {
	if c.world.IsZero() { // never set: real time
		return time.Now().UTC()
	}
	if c.frozen {
		return c.world
	}
	return c.world.Add(time.Duration(float64(time.Since(c.real)) * c.speed))
}

// Now is the world's time, in UTC.
func (w *World) Now() time.Time {
	w.clockMu.RLock()
	defer w.clockMu.RUnlock()
	return w.clock.now()
}

// Scripted reports whether the world's time is not real time.
func (w *World) Scripted() bool {
	w.clockMu.RLock()
	defer w.clockMu.RUnlock()
	return !w.clock.world.IsZero()
}

// Clock tells the time and how it goes on.
func (w *World) Clock() Clock {
	w.clockMu.RLock()
	defer w.clockMu.RUnlock()
	return Clock{Now: w.clock.now(), Speed: w.clock.speed, Frozen: w.clock.frozen}
}

// SetClock sets the time and how it goes on; a zero Now leaves the time, a zero
// Speed the speed. It returns ErrClock. Setting real time's speed and no time, not
// frozen, does not bring real time back: [World.RealTime] does.
func (w *World) SetClock(c Clock) error {
	if c.Speed < 0 || c.Speed > 100_000 || math.IsNaN(c.Speed) {
		return ErrClock
	}
	if y := c.Now.Year(); !c.Now.IsZero() && (y < 2000 || y > 2100) {
		return ErrClock
	}
	w.clockMu.Lock()
	defer w.clockMu.Unlock()
	if c.Now.IsZero() {
		c.Now = w.clock.now()
	}
	if c.Speed == 0 {
		c.Speed = w.clock.speed
	}
	w.clock = clock{world: c.Now.UTC(), real: time.Now(), speed: c.Speed, frozen: c.Frozen}
	return nil
}

// RealTime lets the world's time be real time again.
func (w *World) RealTime() {
	w.clockMu.Lock()
	defer w.clockMu.Unlock()
	w.clock = newClock()
}
