package aws

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/monitoring"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// Settings are the account's switches: GET and PUT /sandbox/aws.
type Settings struct {
	monitoring.Options            // quotas, page_points, links
	Delivery           []Delivery `json:"delivery"`
	Faults             []Fault    `json:"faults"`
	Skew               Duration   `json:"skew"` // how far the account's clock is from real time, for signatures
}

// Delivery is how points arrive: world.Delivery of a namespace in a region of an
// account, each empty for all.
type Delivery struct {
	Account      string   `json:"account,omitempty"`
	Region       string   `json:"region,omitempty"`
	Namespace    string   `json:"namespace,omitempty"`
	Delay        Duration `json:"delay,omitempty"`
	LateShare    float64  `json:"late_share,omitempty"`
	LateBy       Duration `json:"late_by,omitempty"`
	Revisions    int      `json:"revisions,omitempty"`
	RevisedAfter Duration `json:"revised_after,omitempty"`
}

const maxDelay = Duration(24 * time.Hour)

func (s Settings) validate() error {
	if len(s.Faults) > maxFaults || len(s.Delivery) > maxFaults {
		return fmt.Errorf("more than %d faults or deliveries", maxFaults)
	}
	for _, f := range s.Faults {
		if err := f.validate(); err != nil {
			return err
		}
	}
	for _, d := range s.Delivery {
		if d.Delay > maxDelay {
			return fmt.Errorf("delay must be at most %v", time.Duration(maxDelay))
		}
		if d.LateShare < 0 || d.LateShare > 1 || d.LateBy < 0 || d.Revisions < 0 || d.RevisedAfter < 0 {
			return errors.New("late_share must be 0 to 1, and late_by, revisions and revised_after not negative")
		}
	}
	if s.PagePoints < 0 {
		return errors.New("page_points must not be negative")
	}
	return nil
}

// set puts all switches where s has them.
func (a *Account) set(s Settings) error {
	if err := s.validate(); err != nil {
		return err
	}
	a.watch.SetOptions(s.Options)
	a.faults.set(s.Faults, time.Duration(s.Skew))
	a.deliver(s.Delivery)
	return nil
}

// deliver replaces how points arrive everywhere.
func (a *Account) deliver(list []Delivery) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.delivery { // back to ordinary
		a.eachPlace(d, func(k world.Key) { a.world.SetDelivery(k, d.Namespace, world.Delivery{}) })
	}
	a.delivery = list
	for _, d := range list {
		a.eachPlace(d, func(k world.Key) {
			a.world.SetDelivery(k, d.Namespace, world.Delivery{
				Delay: time.Duration(d.Delay), LateShare: d.LateShare, LateBy: time.Duration(d.LateBy),
				Revisions: d.Revisions, RevisedAfter: time.Duration(d.RevisedAfter),
			})
		})
	}
}

// eachPlace calls do with every place that d is of.
func (a *Account) eachPlace(d Delivery, do func(world.Key)) {
	for _, k := range a.world.Places() {
		if (d.Account == "" || d.Account == k.Account) && (d.Region == "" || d.Region == k.Region) {
			do(k)
		}
	}
}

// settings returns where the switches are.
func (a *Account) settings() Settings {
	faults, skew := a.faults.list()
	a.mu.Lock()
	defer a.mu.Unlock()
	return Settings{Options: a.watch.Options(), Delivery: append([]Delivery{}, a.delivery...), Faults: faults, Skew: Duration(skew)}
}
