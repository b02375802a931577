package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/ctl/internal/importer/prometheus"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

type policyImportCmd struct {
	Prometheus importPrometheusCmd `cmd:"" help:"Make policies of Prometheus' alerting rules."`
	CloudWatch importCloudWatchCmd `cmd:"" name:"cloudwatch" help:"Make policies of CloudWatch's alarms."`
}

type importPrometheusCmd struct {
	Paths []string `arg:"" name:"file" placeholder:"FILE|DIR" help:"Rule files, PrometheusRule manifests, folders of them, or - for standard input."`
	importOut
}

// Help explains the command.
func (importPrometheusCmd) Help() string {
	return `Writes policies that parley policy lint takes. A metric keeps its name and labels,
so they hold on samples that arrive as Prometheus has them. What a policy cannot
say is listed on standard error as file:line, with the reason, and exits 1; the
rest is written. Where the two differ a comment at the policy says so.

For all of them: a sample is judged when it comes, not at an interval; a series
that is silent for 5 min (or five of its intervals) holds no more. A range includes
its first moment, as in Prometheus before version 3.

Examples:
  parley policy import prometheus rules.yml > policies/imported.yaml
  parley policy import prometheus rules/ --out policies/imported
  parley policy import prometheus rules.yml --json | jq '.refused[].reason'`
}

// importResult is the JSON of the commands.
type importResult struct {
	// Rules is how many rules or alarms there were.
	Rules    int                `json:"rules"`
	Imported int                `json:"imported"`
	Recorded int                `json:"recorded"`
	Inlined  int                `json:"inlined"`
	Refused  []importer.Refused `json:"refused"`
	Files    []string           `json:"files,omitempty"`
	Text     string             `json:"text,omitempty"`
}

// Run imports.
func (c *importPrometheusCmd) Run(s *screen.Screen) error {
	sources, err := readYAML(c.Paths, s.In)
	if err != nil {
		return err
	}
	var files []prometheus.File
	for _, f := range sources {
		files = append(files, prometheus.File{Name: f.name, Data: f.content})
	}
	return c.deliver(s, prometheus.Import(files), "rule")
}

// importOut is where policies go.
type importOut struct {
	Out string `name:"out" help:"Write one file for each group into this folder; default standard output." placeholder:"DIR"`
}

// deliver writes what came of an import of rules, or what they are called.
func (o *importOut) deliver(s *screen.Screen, got importer.Result, what string) error {
	r := importResult{Rules: got.Rules, Imported: len(got.Policies), Recorded: got.Recorded, Inlined: got.Inlined, Refused: append([]importer.Refused{}, got.Refused...)}
	if o.Out == "" {
		text, err := importer.Write(got.Policies)
		if err != nil {
			return err
		}
		r.Text = string(text)
	} else {
		var err error
		if r.Files, err = writeGroups(o.Out, got.Policies); err != nil {
			return err
		}
	}
	if err := s.Result(r, func() {
		if len(got.Policies) > 0 {
			fmt.Fprint(s.Out, r.Text)
		}
		for _, f := range r.Files {
			s.Line("wrote " + f)
		}
	}); err != nil {
		return err
	}
	for _, f := range r.Refused {
		place := f.File
		if f.Line > 0 {
			place += fmt.Sprintf(":%d", f.Line)
		}
		fmt.Fprintf(s.Err, "%s: %s: %s\n", place, f.Rule, f.Reason)
	}
	text := fmt.Sprintf("imported %d of %s", r.Imported, count(r.Rules, what))
	if r.Recorded > 0 {
		text += fmt.Sprintf("; %d of %s put into those that use them", r.Inlined, count(r.Recorded, "recording rule"))
	}
	fmt.Fprintln(s.Err, text)
	if len(r.Refused) > 0 {
		return errSaid
	}
	return nil
}

// writeGroups writes a file for each group; one that is there stays.
func writeGroups(dir string, policies []importer.Policy) ([]string, error) {
	byFile := map[string][]importer.Policy{}
	var names []string
	for _, p := range policies {
		name := filepath.Join(dir, importer.Kebab(p.Group)+".yaml")
		if byFile[name] == nil {
			names = append(names, name)
		}
		byFile[name] = append(byFile[name], p)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := importer.Write(byFile[name])
		if err != nil {
			return nil, err
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return nil, fmt.Errorf("%w: give another folder, or remove it first", err)
		}
		_, err = f.Write(text)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}
