package main

import (
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
)

type policySchemaCmd struct {
	Tests bool `name:"tests" help:"The schema of files of tests (parley policy test)."`
}

// Help explains the command.
func (policySchemaCmd) Help() string {
	return `For editors: they then complete and check policy files as you write.

Examples:
  parley policy schema > policy.schema.json
  parley policy schema --tests > test.schema.json`
}

// Run prints it; it is JSON with and without --json.
func (c policySchemaCmd) Run(s *screen.Screen) error {
	schema := policy.Schema()
	if c.Tests {
		schema = replay.Schema()
	}
	_, err := s.Out.Write(schema)
	return err
}
