package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/natsconf"
)

type keysCmd struct {
	Out string `name:"out" help:"Lay them out for containers: DIR/<user>/<user>.nk, so that each gets its own seed alone, and DIR/nats/users.conf." placeholder:"DIR" type:"path"`
}

// Help explains the command.
func (keysCmd) Help() string {
	return `Every service has a NATS user of its own, with a key: a seed that only it
reads, and a public key that the server knows. Seeds that are there are kept,
so that running it again changes nothing.

Examples:
  parley keys                      # data/keys/<user>.nk, data/nats/users/users.conf
  parley keys --data /srv/parley
  parley keys --out /keys          # for containers`
}

type keysResult struct {
	Keys      []keyMade `json:"keys"`
	UsersConf string    `json:"users_conf"`
	Changed   bool      `json:"users_conf_changed"`
}

type keyMade struct {
	User      string `json:"user"`
	PublicKey string `json:"public_key"`
	File      string `json:"file"`
	Made      bool   `json:"made"`
}

// Run makes what is missing.
func (c *keysCmd) Run(g *settings, s *screen.Screen) error {
	place := natsconf.InFolder(filepath.Join(g.Data, "keys"))
	conf := filepath.Join(g.Data, "nats", "users", "users.conf")
	if c.Out != "" {
		place = func(user string) string { return filepath.Join(c.Out, user, user+".nk") }
		conf = filepath.Join(c.Out, "nats", "users.conf")
	}
	result := keysResult{UsersConf: conf}
	for _, user := range bus.RoleNames() {
		_, err := os.Stat(place(user))
		result.Keys = append(result.Keys, keyMade{User: user, File: place(user), Made: os.IsNotExist(err)})
	}
	public, err := natsconf.WriteKeys(place)
	if err != nil {
		return err
	}
	for i, k := range result.Keys {
		result.Keys[i].PublicKey = public[k.User]
	}
	// Readable by the server's own user: there are no secrets in it.
	if result.Changed, err = writeFile(conf, natsconf.UsersConf(public)); err != nil {
		return fmt.Errorf("public keys: %w", err)
	}
	return s.Result(result, func() {
		for _, k := range result.Keys {
			s.Line(fmt.Sprintf("%-7s %s", word(k.Made, "made", "kept"), k.File))
		}
		s.Line(fmt.Sprintf("%-7s %s", word(result.Changed, "written", "kept"), conf))
	})
}

// writeFile writes the file whole or not at all, and only if it differs.
func writeFile(path string, content []byte) (changed bool, err error) {
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return false, err
	}
	return true, os.Rename(temporary, path)
}
