package main

import (
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

type policySchemaCmd struct{}

// Help explains the command.
func (policySchemaCmd) Help() string {
	return `For editors: they then complete and check policy files as you write.

Examples:
  parley policy schema > policy.schema.json`
}

// Run prints it; it is JSON with and without --json.
func (policySchemaCmd) Run(s *screen.Screen) error {
	_, err := s.Out.Write(policy.Schema())
	return err
}
