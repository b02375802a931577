//go:build compose

package main

import (
	"os"
	"testing"
)

// TestComposeShowsTheFirstMinute drives a system that scripts/smoke has
// brought up.
func TestComposeShowsTheFirstMinute(t *testing.T) {
	firstMinute(t, workspace{t: t, base: os.Getenv("PARLEY_WORKSPACE")})
}
