package record

import (
	"time"

	"github.com/parley-ops/parley/services/internal/savings"
)

// Digest is one day's summary of what is wasted and what was saved. It is
// computed once, by the first instance that finds it due, and told like any
// message of a record.
type Digest struct {
	At    time.Time      `json:"at"`
	Finds []savings.Find `json:"finds,omitempty"`
	// More finds than are listed; Total and Unpriced are of all.
	More     int     `json:"more,omitempty"`
	Total    float64 `json:"total"`
	Unpriced int     `json:"unpriced,omitempty"`
	// Month and Ever are what was saved.
	Month savings.Saved `json:"month"`
	Ever  savings.Saved `json:"ever"`
	// Watching is what watching the clouds comes to this month, in USD; 0 is
	// nothing, or nobody knows.
	Watching float64 `json:"watching,omitempty"`
}

// DigestID is the record of a day's digest: "digest-2026-11-22".
func DigestID(day time.Time) string { return "digest-" + day.Format(time.DateOnly) }

// Dated returns the record of a digest to be told in a channel; in none, it
// only says that there was nothing to tell.
func Dated(r *Record, d *Digest, channel string) {
	r.Digest = d
	r.Rev++
	if channel != "" {
		r.Place(channel)
	}
}
