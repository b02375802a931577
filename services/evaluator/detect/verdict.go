package detect

import "math"

// Level is what an alert is worth.
type Level int

// Levels, by how rarely an alert as strong is expected to be false.
const (
	None Level = iota
	Warning
	Critical
)

func (l Level) String() string {
	switch l {
	case Warning:
		return "warning"
	case Critical:
		return "critical"
	}
	return "0"
}

// Days that one waits for a false alert of a level, in one series.
const (
	WarningDays  = 30
	CriticalDays = 180
)

// Verdict is what a sample is, by what its series did before.
type Verdict struct {
	// Score is from 0 to 1: Days/(Days+WarningDays). It is 0 for all but the
	// first sample of an event.
	Score float64
	// Days says how rare it is: about one false alert as strong in so many days
	// of this series. 0: no alert.
	Days float64
	// Level is None but for the first sample of an event.
	Level Level
	// Active is the highest level of the event that is under way: until three
	// samples are inside the band.
	Active Level
	// Expected is the value to be expected, Lower and Upper the band that about
	// one sample in 200 is below, and one in 200 above.
	Expected, Lower, Upper float64
	// Learning: too young for an alert.
	Learning bool
}

// score returns the score of days.
func score(days float64) float64 { return days / (days + WarningDays) }

// levelOf returns the level of days.
func levelOf(days float64) Level {
	switch {
	case days >= CriticalDays:
		return Critical
	case days >= WarningDays:
		return Warning
	}
	return None
}

// calibrated returns the days that were seen to be between false alerts of a
// strength for which the gate says days.
func (p *params) calibrated(days float64) float64 {
	if days <= 0 {
		return 0
	}
	return min(math.Pow(10, p.calibrateBase)*math.Pow(days, p.calibratePower), 1e6)
}
