package notifier

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// clockTime is when something is told: every day, or on one day of the week. The
// zero value is never.
type clockTime struct {
	weekday      time.Weekday
	weekly       bool
	hour, minute int
	zone         *time.Location
}

// digestTime is when and where the digest is told.
type digestTime struct {
	clockTime
	channel string
	always  bool
}

func (c *Config) digest() (digestTime, error) {
	if c.DigestAt == "" {
		return digestTime{}, nil
	}
	at, err := time.Parse("15:04", c.DigestAt)
	if err != nil {
		return digestTime{}, fmt.Errorf("--notifier-digest: %q is no time of day: write 09:00, or nothing for never", c.DigestAt)
	}
	zone, err := time.LoadLocation(c.DigestZone)
	if err != nil {
		return digestTime{}, fmt.Errorf("--notifier-digest-zone: %q is no zone: write UTC or Europe/Berlin", c.DigestZone)
	}
	if strings.TrimSpace(strings.TrimPrefix(c.DigestChannel, "#")) == "" {
		return digestTime{}, fmt.Errorf("--notifier-digest-channel: want a channel's name, such as #cost")
	}
	return digestTime{clockTime{hour: at.Hour(), minute: at.Minute(), zone: zone}, c.DigestChannel, c.DigestAlways}, nil
}

// tooLate is how late what is due is still told, when nobody was there to tell it in
// time.
const tooLate = 3 * time.Hour

// last returns the latest time at which it was due.
func (c clockTime) last(now time.Time) time.Time {
	at := c.on(now.In(c.zone), 0)
	for at.After(now) || c.weekly && at.Weekday() != c.weekday {
		at = c.on(at, -1)
	}
	return at
}

// next returns the first time after now at which it is due.
func (c clockTime) next(now time.Time) time.Time {
	at := c.on(now.In(c.zone), 0)
	for !at.After(now) || c.weekly && at.Weekday() != c.weekday {
		at = c.on(at, 1)
	}
	return at
}

// on is its time of day some days after a day.
func (c clockTime) on(day time.Time, later int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+later, c.hour, c.minute, 0, 0, c.zone)
}

// digests tells the digest once a day, until ctx is done.
func (n *notifier) digests(ctx context.Context) {
	n.byClock(ctx, n.digest.clockTime, "digest", n.tellDigest)
}

// byClock does what is due, again until it is done or too late, until ctx is done.
func (n *notifier) byClock(ctx context.Context, c clockTime, what string, tell func(context.Context, time.Time) error) {
	if c.zone == nil {
		return
	}
	for ctx.Err() == nil {
		now := time.Now()
		if at := c.last(now); now.Sub(at) < tooLate {
			if err := tell(ctx, at); err != nil {
				if ctx.Err() == nil {
					n.env.Log.Warn(what+" not told, again", "err", err)
				}
				_ = wait.For(ctx, 30*time.Second)
				continue
			}
		}
		_ = wait.For(ctx, min(time.Until(c.next(now))+time.Second, time.Hour))
	}
}

// tellDigest makes the day's record if nobody did: once, whoever comes first.
func (n *notifier) tellDigest(ctx context.Context, at time.Time) error {
	id := record.DigestID(at)
	if r, err := n.store.Fresh(ctx, id); err != nil || r != nil {
		return err
	}
	d, err := n.people.Digest(ctx, at)
	if err != nil {
		return err
	}
	channel := n.digest.channel
	if !n.digest.always && len(d.Finds) == 0 && d.Month.Runs == 0 {
		channel = ""
	}
	if channel != "" && len(d.Finds) > message.Listed {
		d.More += len(d.Finds) - message.Listed
		d.Finds = d.Finds[:message.Listed]
	}
	first := false
	_, err = n.store.Mutate(ctx, id, func(r *record.Record) error {
		if first = r.Digest == nil; !first {
			return record.ErrUnchanged
		}
		record.Dated(r, d, channel)
		return nil
	})
	if err != nil || !first {
		return err
	}
	usd, _ := savings.Total(d.Finds)
	n.env.Log.Info("the day's digest", "finds", len(d.Finds)+d.More, "usd_month", usd, "channel", channel)
	n.sender.Touch(ctx, id, func(error) {})
	return nil
}
