package waste

import (
	"strings"
	"time"
)

// Inventory is what there is in one account and region.
type Inventory struct {
	At        time.Time
	Instances []Instance
	Volumes   []Volume
	Balancers []Balancer
	Databases []Database
	Gateways  []Gateway
}

// Tags are a resource's, by key.
type Tags map[string]string

// The tags that Parley reads.
const (
	ProtectedTag = "parley:protected"
	KeepTag      = "parley:keep-until"
	// GroupTag is set by AWS on members of an Auto Scaling group.
	GroupTag = "aws:autoscaling:groupName"
)

// Kept reports whether somebody said that the resource is to stay: for ever by
// the protecting tag, or until the day in the keeping tag is over (UTC). A
// keeping tag that is no date keeps.
func (t Tags) Kept(now time.Time) bool {
	if strings.EqualFold(t[ProtectedTag], "true") {
		return true
	}
	until, ok := t[KeepTag]
	if !ok || strings.TrimSpace(until) == "" {
		return false
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		day, err := time.Parse(form, strings.TrimSpace(until))
		if err != nil {
			continue
		}
		if form == time.DateOnly {
			day = day.Add(24 * time.Hour)
		}
		return now.Before(day)
	}
	return true
}

// Instance is one of EC2's.
type Instance struct {
	ID, Type, State string
	// Since is when it was started last, or when it was stopped if it is; zero
	// when nobody knows.
	Since time.Time
	Spot  bool
	// Platform is empty for Linux that is free of charge, else what AWS calls
	// it: "Windows", "Red Hat Enterprise Linux".
	Platform string
	Tags     Tags
}

// Volume is one of EBS's.
type Volume struct {
	ID, Type string
	GiB      int
	IOPS     int
	// Instance that it is attached to; empty: none.
	Instance string
	Created  time.Time
	Tags     Tags
}

// Balancer is a load balancer of the second generation.
type Balancer struct {
	// ID is its name in CloudWatch: "app/shop/50dc6c495c0c9188".
	ID, Name string
	// Type is "application" or "network".
	Type    string
	Created time.Time
	Tags    Tags
}

// Database is an instance of RDS.
type Database struct {
	ID, Class, Engine, Status string
	MultiAZ                   bool
	Created                   time.Time
	Tags                      Tags
}

// Gateway is a NAT gateway.
type Gateway struct {
	ID, State string
	Created   time.Time
	Tags      Tags
}

// StoppedSince reads when an instance was stopped from what EC2 says of it,
// "User initiated (2026-11-13 08:12:00 GMT)"; zero if it does not say.
func StoppedSince(reason string) time.Time {
	_, rest, ok := strings.Cut(reason, "(")
	if !ok {
		return time.Time{}
	}
	text, _, _ := strings.Cut(rest, ")")
	t, err := time.Parse("2006-01-02 15:04:05 MST", strings.TrimSpace(text))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
