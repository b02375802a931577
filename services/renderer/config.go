package renderer

import (
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/picture"
)

// Config is how charts look.
type Config struct {
	Theme    string `name:"renderer-theme" help:"Colours of charts: dark or light." placeholder:"THEME"`
	Timezone string `name:"renderer-timezone" help:"Time zone of the charts' labels, as in the IANA data base." placeholder:"ZONE"`
}

// Defaults returns dark charts in UTC.
func Defaults() Config { return Config{Theme: "dark", Timezone: "UTC"} }

// Validate implements config.Validator.
func (c *Config) Validate() error {
	_, err := c.look()
	return err
}

func (c *Config) look() (picture.Look, error) {
	if c.Theme != "dark" && c.Theme != "light" {
		return picture.Look{}, fmt.Errorf("--renderer-theme %q: write dark or light", c.Theme)
	}
	location, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return picture.Look{}, fmt.Errorf("--renderer-timezone %q: not a time zone; write one like UTC or Europe/Berlin: %w", c.Timezone, err)
	}
	look := picture.Look{Location: location}
	if c.Theme == "light" {
		look.Theme = chart.Light
	}
	return look, nil
}
