package main

import (
	"fmt"
	"path/filepath"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus/natsconf"
)

type natsconfCmd struct {
	Out  string   `name:"out" help:"Folder to write nats.conf and accounts.conf to." placeholder:"DIR" required:"" type:"path"`
	Team []string `name:"team" help:"A team that may publish metrics; the first is who comes without credentials." placeholder:"NAME" default:"demo"`
}

// Help explains the command.
func (natsconfCmd) Help() string {
	return `The server's settings for a container, and who may do what: made from the
topology that the services are compiled with. The public keys, which
accounts.conf includes as users/users.conf, are made by ` + "`parley keys`" + `. The first
team needs no password; those of others are variables of the server's
environment: TEAM_<NAME>_PASSWORD.

Examples:
  parley natsconf --out deploy/nats
  parley natsconf --out /etc/nats --team shop --team billing`
}

// Run writes the files.
func (c *natsconfCmd) Run(s *screen.Screen) error {
	files := []struct {
		name    string
		content []byte
	}{
		{"nats.conf", natsconf.ServerConf(natsconf.Server{Name: "nats-1", Listen: "0.0.0.0:4222", Monitor: "0.0.0.0:8222",
			StoreDir: "/data/jetstream", SyncInterval: "always"})},
		{"accounts.conf", natsconf.AccountsConf(c.Team...)},
	}
	type written struct {
		File    string `json:"file"`
		Changed bool   `json:"changed"`
	}
	var result []written
	for _, f := range files {
		path := filepath.Join(c.Out, f.name)
		changed, err := writeFile(path, f.content)
		if err != nil {
			return fmt.Errorf("nats configuration: %w", err)
		}
		result = append(result, written{path, changed})
	}
	return s.Result(map[string]any{"files": result}, func() {
		for _, f := range result {
			s.Line(fmt.Sprintf("%-7s %s", word(f.Changed, "written", "kept"), f.File))
		}
	})
}
