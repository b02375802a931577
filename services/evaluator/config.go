package evaluator

import "os"

// Config is what the evaluator is told.
type Config struct {
	Policies []string `name:"policies" help:"Folders with policy files (*.yaml)." placeholder:"DIR"`
}

// Defaults returns the config of a fresh installation: the policies that come
// with it, from the project's root or in its image.
func Defaults() Config {
	for _, dir := range []string{"deploy/policies", "/policies"} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return Config{Policies: []string{dir}}
		}
	}
	return Config{}
}

// historySamples is how many samples of each series are kept for charts.
const historySamples = 360
