package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/preview"
	"github.com/parley-ops/parley/services/renderer"
)

type notifyPreviewCmd struct {
	Policy    string   `name:"policy" help:"The incident that a test of this policy opens." placeholder:"NAME"`
	Incident  string   `name:"incident" help:"This incident, as it is now, with its history from NATS." placeholder:"ID" xor:"from"`
	File      string   `name:"file" short:"f" help:"A file of policies' tests, or a folder; default deploy/policies." placeholder:"FILE|DIR" xor:"from"`
	Resolved  bool     `name:"resolved" help:"How it ends; of a test's incident."`
	Channel   string   `name:"channel" short:"c" help:"As it is there; without it: the first of its policy's, or else the notifier's default." placeholder:"CHANNEL"`
	Default   string   `name:"notifier-channel" help:"The notifier's default channel." default:"#ops" placeholder:"CHANNEL"`
	Backend   []string `name:"backend" short:"b" help:"Kinds of chat; without it: all." placeholder:"KIND"`
	Templates string   `name:"templates" help:"The file of your own words: --notifier-templates." placeholder:"FILE" env:"PARLEY_TEMPLATES"`
	Theme     string   `name:"theme" help:"Of the chart." enum:"dark,light" default:"dark" placeholder:"dark|light"`
	Out       string   `name:"out" short:"o" help:"Folder for what would be sent and the picture; it is made." default:"preview" placeholder:"DIR"`
}

// Help explains the command.
func (notifyPreviewCmd) Help() string {
	return `Made by the notifier's and the renderer's own code: the blocks for Slack, the
body, card or mail for each other kind of chat, and the chart as PNG. Sends
nothing. Buttons are there, and mean nothing to a running notifier.

Without --incident it needs no server: the incident is the first that a policy's
test opens (parley policy test --help), with the test's values as history.
People, earlier incidents and what actions brought are not in it.

Examples:
  parley notify preview --policy jvm-heap-leak --templates words.yaml
  parley notify preview --policy jvm-heap-leak --resolved --backend slack
  parley notify preview --incident 3f9a27c1 --channel '#leads' --out /tmp/look
  parley notify preview --json | jq -r .text`
}

// previewView is what would be sent, in JSON.
type previewView struct {
	Policy   string `json:"policy"`
	Incident string `json:"incident"`
	// Test is where the incident is from, if it is a test's.
	Test    string `json:"test,omitempty"`
	Channel string `json:"channel"`
	// Summary is the notification's text, Text the message without markup.
	Summary string `json:"summary"`
	Text    string `json:"text"`
	// Alt is the picture's text.
	Alt   string        `json:"alt,omitempty"`
	Files []previewFile `json:"files"`
}

type previewFile struct {
	// Backend is the kind of chat; "chart" is the picture.
	Backend string `json:"backend"`
	File    string `json:"file"`
}

// Run shows it.
func (c *notifyPreviewCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if c.Resolved && c.Incident != "" {
		return usageError{errors.New("--resolved is for a test's incident: --incident shows one as it is")}
	}
	p, err := c.find(ctx, g, s)
	if err != nil {
		return err
	}
	r := preview.Request{Incident: p.change, Channel: cmp.Or(c.Channel, first(p.change.GetChannels()), c.Default), Actions: p.actions, TemplatesFile: c.Templates, Kinds: c.Backend}
	if c.Templates != "" {
		if r.Templates, err = os.ReadFile(c.Templates); err != nil {
			return &settingError{what: err.Error(), fix: "--templates names the file of your own words"}
		}
	}
	look := renderer.Defaults()
	look.Theme = c.Theme
	if r.PNG, r.Alt, err = renderer.Show(ctx, look, p.change, p.ask); err != nil {
		s.Note("without the chart: " + err.Error())
	}
	shown, err := preview.Show(r)
	if err != nil {
		return err
	}
	v := previewView{Policy: p.change.GetPolicy(), Incident: p.change.GetId(), Test: p.test, Channel: r.Channel, Summary: shown.Summary, Text: shown.Text, Alt: r.Alt, Files: []previewFile{}}
	if r.PNG != nil {
		shown.Files = append(shown.Files, preview.File{Kind: "chart", Name: "chart.png", Data: r.PNG})
	}
	v.Files, err = c.write(shown.Files)
	if err != nil && s.JSON {
		return err
	}
	return errors.Join(s.Result(v, func() { v.show(s) }), err) // the text helps also where nothing can be written
}

// write writes the files, and says where.
func (c *notifyPreviewCmd) write(files []preview.File) ([]previewFile, error) {
	out := []previewFile{}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return out, &settingError{what: err.Error(), fix: "--out names a folder that can be made"}
	}
	for _, f := range files {
		name := filepath.Join(c.Out, f.Name)
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return out, &settingError{what: err.Error(), fix: "--out names a folder that can be written"}
		}
		out = append(out, previewFile{f.Kind, name})
	}
	return out, nil
}

func first(list []string) string {
	if len(list) > 0 {
		return list[0]
	}
	return ""
}

func (v *previewView) show(s *screen.Screen) {
	s.Line(s.Paint(screen.Dim, "in "+v.Channel+", notification:"))
	s.Line(s.Paint(screen.Bold, v.Summary))
	s.Line("")
	s.Line(strings.TrimRight(v.Text, "\n"))
	s.Line("")
	if v.Alt != "" {
		s.Line(s.Paint(screen.Dim, "chart: "+v.Alt))
	}
	var names []string
	for _, f := range v.Files {
		names = append(names, filepath.Base(f.File))
	}
	if len(names) > 0 {
		s.Line(s.Paint(screen.Dim, "written to "+filepath.Dir(v.Files[0].File)+": "+strings.Join(names, " ")))
	}
	if v.Test != "" {
		s.Line(s.Paint(screen.Dim, "the incident is from "+v.Test))
	}
}

// subject is the incident that is shown, with what belongs to it.
type subject struct {
	change  *eventv1.IncidentChanged
	actions map[string]*eventv1.ActionDocument
	ask     renderer.Ask
	test    string
}

// find returns the incident: from NATS if it is named, else from a test.
func (c *notifyPreviewCmd) find(ctx context.Context, g *settings, s *screen.Screen) (subject, error) {
	if c.Incident == "" {
		return c.fromTest()
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return subject{}, err
	}
	context.AfterFunc(ctx, conn.Close)
	p := subject{actions: map[string]*eventv1.ActionDocument{}}
	if p.change, err = findIncident(ctx, conn, g, s, c.Incident); err != nil {
		return subject{}, err
	}
	if c.Policy != "" && c.Policy != p.change.GetPolicy() {
		return subject{}, &settingError{what: fmt.Sprintf("incident %s is of policy %s", p.change.GetId(), p.change.GetPolicy()), fix: "leave --policy away"}
	}
	offered, err := bus.ActionsOffered.List(ctx, conn)
	if err != nil {
		return subject{}, err
	}
	for _, e := range offered {
		p.actions[e.Key] = e.Value
	}
	p.ask = func(ctx context.Context, partition uint32, q *eventv1.HistoryQuery) ([]*eventv1.SeriesHistory, error) {
		ctx, cancel := context.WithTimeout(ctx, g.Timeout)
		defer cancel()
		answer, err := bus.QueryPartition(ctx, conn, bus.Partition(partition), &eventv1.Query{Query: &eventv1.Query_History{History: q}})
		return answer.GetSeries(), err
	}
	return p, nil
}
