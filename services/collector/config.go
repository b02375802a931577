package collector

import (
	"errors"
	"time"
)

// Config is what the collector is told.
type Config struct {
	Linger    time.Duration `name:"collector-linger" help:"The longest time that samples wait for company when much comes in; a quiet system sends at once."`
	MaxPast   time.Duration `name:"collector-max-past" help:"How much older than its time of storage a custom sample may be."`
	MaxFuture time.Duration `name:"collector-max-future" help:"How far after its time of storage a custom sample may be."`
}

// Defaults returns the settings that hold unless told otherwise.
func Defaults() Config {
	return Config{Linger: 100 * time.Millisecond, MaxPast: time.Hour, MaxFuture: 5 * time.Minute}
}

// Validate says what is wrong with the settings.
func (c *Config) Validate() error {
	var errs []error
	if c.Linger < 0 || c.Linger > 5*time.Second {
		errs = append(errs, errors.New("--collector-linger: want 0 to 5s"))
	}
	if c.MaxPast < 0 || c.MaxFuture < 0 {
		errs = append(errs, errors.New("--collector-max-past, --collector-max-future: want no negative time"))
	}
	return errors.Join(errs...)
}
