package evaluator

import (
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/label"
)

// Config is what the evaluator is told.
type Config struct {
	Policies []string `name:"policies" help:"Folders with policy files (*.yaml)." placeholder:"DIR"`
	// Archive is only read.
	Archive string `name:"evaluator-archive" help:"Where the collector archives (--collector-archive): what is asked about the past is answered from there too." placeholder:"DIR|URL"`
	// What a series costs: its labels, its samples, and what is learned of it.
	TeamLabel   string      `name:"evaluator-team-label" help:"The label whose values are teams, for --evaluator-team-series." placeholder:"LABEL"`
	TeamSeries  uint64      `name:"evaluator-team-series" help:"How many series a team may have; of one that has as many no new ones are taken, until some have gone. 0: as many as come." placeholder:"N"`
	ForgetAfter config.Span `name:"evaluator-forget-after" help:"After how long without a sample what was learned of a series is forgotten, 6h at least." placeholder:"TIME"`
}

// Defaults returns the config of a fresh installation: the policies that come
// with it, from the project's root or in its image.
func Defaults() Config {
	cfg := Config{TeamLabel: label.Team, TeamSeries: 250_000, ForgetAfter: config.Span(7 * 24 * time.Hour)}
	for _, dir := range []string{"deploy/policies", "/policies"} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			cfg.Policies = []string{dir}
			break
		}
	}
	return cfg
}

// Validate says what is wrong with the settings.
func (c *Config) Validate() error {
	if c.Archive != "" {
		if _, err := archive.At(c.Archive); err != nil {
			return fmt.Errorf("--evaluator-archive: %w", err)
		}
	}
	if c.TeamLabel != "" && !labelForm.MatchString(c.TeamLabel) {
		return fmt.Errorf("--evaluator-team-label: %q is no label: want letters, digits and _ . -, such as team", c.TeamLabel)
	}
	if c.ForgetAfter != 0 && c.ForgetAfter < config.Span(6*time.Hour) {
		return fmt.Errorf("--evaluator-forget-after: want 6h at least, such as 7d, not %s", c.ForgetAfter)
	}
	return nil
}

var labelForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)

// historySamples is how many samples of each series are kept for charts.
const historySamples = 360
