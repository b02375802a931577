package awskit

import (
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
)

// The tags that allow, protect and keep. The action role heeds the first two
// as well (deploy/aws), and may not write them.
const (
	TagActions   = "parley:actions"
	TagProtected = "parley:protected"
	TagKeep      = "parley:keep-until"
)

// Guard says why a resource's tags forbid an action, in words. subject is the
// resource for people: "i-0a1 batch-report".
func (s *Session) Guard(c action.Call, subject string, tags map[string]string, now time.Time) error {
	if err := s.Unprotected(subject, tags); err != nil {
		return err
	}
	if tags[TagActions] != "allowed" {
		return action.Refused(fmt.Sprintf("%s (%s) is not tagged %s=allowed, so nothing is done to it, and the action role could not either; its owner tags what may be acted on",
			subject, s, TagActions))
	}
	if until, err := time.Parse(time.DateOnly, tags[TagKeep]); err == nil && c.Automatic && now.Before(until.AddDate(0, 0, 1)) {
		return action.Refused(fmt.Sprintf("%s is to be kept as it is until %s (tag %s), so nothing is done to it without a person", subject, until.Format("Mon 2 Jan 2006"), TagKeep))
	}
	return nil
}

// Unprotected says why a resource is protected, or nil.
func (s *Session) Unprotected(subject string, tags map[string]string) error {
	if tags[TagProtected] == "true" {
		return action.Refused(fmt.Sprintf("%s (%s) is protected: its tag %s=true forbids every action", subject, s, TagProtected))
	}
	return nil
}

// Named returns an id with the name that people gave: "i-0a1 batch-report".
func Named(id, name string) string {
	if name == "" || name == id {
		return id
	}
	return id + " " + name
}

// Saves says what stopping saves: ", $0.43 an hour at list price"; "" when
// nobody knows.
func Saves(usdPerHour float64) string {
	if usdPerHour <= 0 {
		return ""
	}
	return fmt.Sprintf(", $%s an hour at list price", amount(usdPerHour))
}

func amount(usd float64) string {
	if usd < 0.095 {
		return fmt.Sprintf("%.4f", usd)
	}
	return fmt.Sprintf("%.2f", usd)
}
