package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/slackdoctor"
)

// whoNames says by whom a channel is named; a few are enough.
type whoNames map[string][]string

const fewReasons = 3

func (r whoNames) add(channel, why string) {
	if len(r[channel]) < fewReasons && !slices.Contains(r[channel], why) {
		r[channel] = append(r[channel], why)
	}
}

// channels returns where Slack is to be told, and from where that is known.
func (c *slackDoctorCmd) channels(ctx context.Context, g *settings) (out []slackdoctor.Channel, from string) {
	why := whoNames{}
	for _, name := range c.Channel {
		why.add(name, "asked for")
	}
	from, ok := c.inForce(ctx, g, why)
	if !ok {
		from = c.inFolder(why)
	}
	for _, name := range slices.Sorted(maps.Keys(why)) {
		channel := strings.TrimPrefix(name, "slack:")
		if strings.Contains(channel, ":") || strings.HasPrefix(channel, "@") || strings.TrimPrefix(channel, "#") == "" {
			continue // another chat's, or a person
		}
		out = append(out, slackdoctor.Channel{Name: channel, For: strings.Join(why[name], ", ")})
	}
	return out, from
}

// named is what of a policy is looked at.
type named struct {
	Name     string   `yaml:"name"`
	Channels []string `yaml:"channels"`
}

// inForce adds the channels of the policies, routes and subscriptions in force.
func (c *slackDoctorCmd) inForce(ctx context.Context, g *settings, why whoNames) (from string, ok bool) {
	within, cancel := context.WithTimeout(ctx, min(g.Timeout, 5*time.Second))
	defer cancel()
	conn, err := g.connect(within, operator)
	if err != nil {
		return "", false
	}
	defer conn.Close()
	entries, err := policies(within, conn)
	if err != nil {
		return "", false
	}
	for _, e := range entries {
		var list []named
		if yaml.Unmarshal([]byte(e.Value.GetYaml()), &list) != nil {
			continue
		}
		for _, p := range list {
			for _, channel := range p.Channels {
				why.add(channel, "policy "+p.Name)
			}
		}
	}
	return "those of the policies in force" + c.routed(within, conn, why), true
}

// routed adds what the notifier's routes name, and its default channel.
func (c *slackDoctorCmd) routed(ctx context.Context, conn *bus.Conn, why whoNames) (from string) {
	table, _, err := routesInForce(ctx, conn)
	if err != nil {
		why.add(c.Default, "the default channel")
		return "; which routes are in force is not known"
	}
	for i, channel := range table.Names() {
		if i == 0 {
			why.add(channel, "the default channel")
			continue
		}
		why.add(channel, "routes")
	}
	for _, s := range table.Subscriptions() {
		why.add(s.Channel, "a subscription")
	}
	return " and of the routes"
}

// inFolder adds the channels of the folder's policies.
func (c *slackDoctorCmd) inFolder(why whoNames) (from string) {
	why.add(c.Default, "the default channel")
	files, err := readYAML([]string{c.Policies}, nil)
	if err != nil {
		return "the default one alone; policies are not known (--policies DIR, or --nats-url)"
	}
	good, _ := parsePolicies(files)
	for _, p := range good {
		for _, channel := range p.Channels {
			why.add(channel, "policy "+p.Name)
		}
	}
	return "those of the policies in " + c.Policies
}
