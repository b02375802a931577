package main

import (
	"path/filepath"

	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

type actionLintCmd struct {
	Paths []string `arg:"" optional:"" name:"file" placeholder:"FILE|DIR" help:"Files, folders of .yaml and .yml files, or - for standard input; default deploy/actions."`
}

// Help explains the command.
func (actionLintCmd) Help() string {
	return `Lists every fault as file:line:column, in all files, and exits 1 when there is
one. Needs no server; secrets are named in these files, and are not looked at.

Examples:
  parley action lint
  parley action lint actions/restart.yaml`
}

// Run lists what is wrong.
func (c *actionLintCmd) Run(s *screen.Screen) error {
	if len(c.Paths) == 0 {
		c.Paths = []string{filepath.Join("deploy", "actions")}
	}
	sources, err := readYAML(c.Paths, s.In)
	if err != nil {
		return err
	}
	var files []declare.File
	for _, f := range sources {
		files = append(files, declare.File{Name: f.name, Data: f.content})
	}
	good, problems := declare.ParseAll(files, declare.Options{})
	faults := []fault{}
	for _, p := range problems {
		faults = append(faults, fault{File: p.File, Line: p.Line, Column: p.Column, Text: p.Text})
	}
	return showLint(s, lintResult{len(files), len(good), faults}, "action", "actions")
}
