package memory

import (
	"math/bits"
)

// Datapoints are which of the last datapoints of a series held a test.
type Datapoints struct {
	// head is the newest datapoint: the number of its period, or how many there
	// were when each sample is one.
	head int64
	// at is the time of the newest sample, ms.
	at int64
	// known and held have one bit each for head, head-1, …
	known, held uint64
	// late is how late samples come, at most and lately, in ms.
	late int64
	// now and before are whether the newest sample held, and the one before.
	now, before bool
}

// Missing says what a datapoint without a sample counts as.
type Missing uint8

// The ways: CloudWatch's.
const (
	Missed Missing = iota
	Ignored
	Bad
	Good
)

// Verdict is what datapoints come to.
type Verdict uint8

// The verdicts. Keep leaves what was: not enough is known, or the rest is
// ignored.
const (
	Holds Verdict = iota + 1
	HoldsNot
	Keep
	// Unknown: there is nothing to judge by; what was stays.
	Unknown
)

// Held reports whether the sample before one at a time held: for recovery
// thresholds. Asking again for a sample that was added asks for the one before.
func (d *Datapoints) Held(at int64) bool {
	if at == d.at {
		return d.before
	}
	return d.now
}

// Add adds the newest sample, or replaces it when it is at the same time. every
// is the length of a datapoint in ms; 0: each sample is one.
func (d *Datapoints) Add(at, every int64, holds bool) {
	if at != d.at {
		d.before, d.at = d.now, at
		if every == 0 {
			d.move(d.head + 1)
		} else {
			d.move(at / every)
		}
	}
	d.now = holds
	d.set(0, holds)
}

// Newest returns the time of the newest sample, ms.
func (d *Datapoints) Newest() int64 { return d.at }

// Fresh reports whether nothing was ever added.
func (d *Datapoints) Fresh() bool { return d.at == 0 }

// Assume takes what is missing so far for good: a series that is new was not
// silent before.
func (d *Datapoints) Assume() { d.known = ^uint64(0) }

// AddLate adds a sample that is older than the newest, unless its datapoint has
// one: the newer one counts.
func (d *Datapoints) AddLate(at, every int64, holds bool) {
	if every == 0 || d.at == 0 {
		return
	}
	if k := d.head - at/every; k >= 0 && k < 64 && d.known>>k&1 == 0 {
		d.set(k, holds)
	}
}

// Came notes how long after it was measured a sample came, in ms. Where several
// come at once, as from a source that asks now and then, the first is the latest.
func (d *Datapoints) Came(late int64) {
	late = min(max(late, 0), mostLate)
	d.late = max(late, d.late-(d.late-late)/lateSamples)
}

// Late returns how late a sample may be expected to come, in ms.
func (d *Datapoints) Late() int64 { return d.late }

const (
	mostLate    = int64(2 * 60 * 60 * 1000)
	lateSamples = 100
)

// Pass lets time pass: datapoints up to the one with that number are over, with
// or without samples.
func (d *Datapoints) Pass(head int64) {
	if d.at != 0 {
		d.move(head)
	}
}

// Head returns the number of the newest datapoint, and Idle whether nothing is
// known of the last of+2 any more.
func (d *Datapoints) Head() int64      { return d.head }
func (d *Datapoints) Idle(of int) bool { return d.at == 0 || d.known&reach(of) == 0 }

func (d *Datapoints) move(head int64) {
	if head <= d.head {
		return
	}
	by := head - d.head
	d.known, d.held, d.head = d.known<<min(by, 64), d.held<<min(by, 64), head
}

func (d *Datapoints) set(k int64, holds bool) {
	d.known |= 1 << k
	d.held &^= 1 << k
	if holds {
		d.held |= 1 << k
	}
}

// reach is the datapoints that are looked at: two more than are needed, in case
// some are missing.
func reach(of int) uint64 { return 1<<(of+2) - 1 }

// Judge says whether hold of the last `of` datapoints held. It is CloudWatch's
// way: real datapoints first, of the last of+2; only when these are too few the
// missing ones count, as often as needed. Where missing is just missing, old
// news decides: when nothing but held is known, and the oldest of it is as old
// as hold datapoints, it holds.
// Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".
func (d *Datapoints) Judge(hold, of int, missing Missing) Verdict {
	known := d.known & reach(of)
	n := bits.OnesCount64(known)
	for n > of { // the oldest ones are not needed
		known &^= 1 << (63 - bits.LeadingZeros64(known))
		n--
	}
	held := bits.OnesCount64(known & d.held)
	lacking := of - n
	switch {
	case held >= hold:
		return Holds
	case lacking == 0:
		return HoldsNot
	case missing == Bad && held+lacking >= hold:
		return Holds
	case missing == Bad, missing == Good, held < n:
		return HoldsNot
	case missing == Ignored:
		return Keep
	case n == 0:
		return Unknown
	case 64-bits.LeadingZeros64(known) >= hold:
		return Holds
	}
	return Keep
}

// Count returns how many of the last `of` datapoints held.
func (d *Datapoints) Count(of int) int {
	return bits.OnesCount64(d.known & d.held & (1<<of - 1))
}
