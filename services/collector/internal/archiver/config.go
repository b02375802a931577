package archiver

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/config"
)

// Config is what the archiver is told.
type Config struct {
	Place string      `name:"collector-archive" help:"Where all samples are kept for longer than on NATS, in compact files for parley policy replay: a folder or s3://bucket/prefix?region=…, for other stores with &endpoint=URL&credentials=FILE. Empty: nowhere." placeholder:"DIR|URL"`
	Keep  config.Span `name:"collector-archive-keep" help:"How long they are kept there; 0 for ever." placeholder:"TIME"`
}

// Defaults returns the settings that hold unless told otherwise.
func Defaults() Config { return Config{Keep: config.Span(400 * 24 * time.Hour)} }

// Validate says what is wrong with the settings.
func (c *Config) Validate() error {
	var errs []error
	if c.Place != "" {
		if _, err := archive.At(c.Place); err != nil {
			errs = append(errs, fmt.Errorf("--collector-archive: %w", err))
		}
	}
	if c.Keep != 0 && c.Keep < config.Span(time.Hour) {
		errs = append(errs, errors.New("--collector-archive-keep: want 0, or at least 1h"))
	}
	return errors.Join(errs...)
}
