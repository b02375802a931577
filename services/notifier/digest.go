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

// digestTime is when and where the digest is told. The zero value is never.
type digestTime struct {
	hour, minute int
	zone         *time.Location
	channel      string
	always       bool
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
	return digestTime{hour: at.Hour(), minute: at.Minute(), zone: zone, channel: c.DigestChannel, always: c.DigestAlways}, nil
}

// lateDigest is how late a day's digest is still told, when nobody was there to
// tell it in time.
const lateDigest = 3 * time.Hour

// last returns the latest time at which a digest was due.
func (d digestTime) last(now time.Time) time.Time {
	t := now.In(d.zone)
	at := time.Date(t.Year(), t.Month(), t.Day(), d.hour, d.minute, 0, 0, d.zone)
	if at.After(now) {
		at = time.Date(t.Year(), t.Month(), t.Day()-1, d.hour, d.minute, 0, 0, d.zone)
	}
	return at
}

// next returns the first time after now at which one is due.
func (d digestTime) next(now time.Time) time.Time {
	t := now.In(d.zone)
	at := time.Date(t.Year(), t.Month(), t.Day(), d.hour, d.minute, 0, 0, d.zone)
	if !at.After(now) {
		at = time.Date(t.Year(), t.Month(), t.Day()+1, d.hour, d.minute, 0, 0, d.zone)
	}
	return at
}

// digests tells the digest once a day, until ctx is done.
func (n *notifier) digests(ctx context.Context) {
	if n.digest.zone == nil {
		return
	}
	for ctx.Err() == nil {
		now := time.Now()
		if at := n.digest.last(now); now.Sub(at) < lateDigest {
			if err := n.tellDigest(ctx, at); err != nil {
				if ctx.Err() == nil {
					n.env.Log.Warn("digest not told, again", "err", err)
				}
				_ = wait.For(ctx, 30*time.Second)
				continue
			}
		}
		_ = wait.For(ctx, min(time.Until(n.digest.next(now))+time.Second, time.Hour))
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
