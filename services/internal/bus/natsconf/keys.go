package natsconf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nkeys"

	"github.com/parley-ops/parley/services/internal/bus"
)

// Place says where a user's seed goes, so that a service's container can be
// given its own and no other.
type Place func(user string) (path string)

// InFolder places every seed in one folder: dir/<user>.nk.
func InFolder(dir string) Place {
	return func(user string) string { return filepath.Join(dir, user+".nk") }
}

// WriteKeys sees that every user has a seed at its place and returns their
// public keys by user. Seeds that are there are kept: running it again changes
// nothing.
func WriteKeys(place Place) (public map[string]string, err error) {
	public = map[string]string{}
	for _, user := range bus.RoleNames() {
		path := place(user)
		seed, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			seed, err = newSeed(path)
		}
		if err != nil {
			return nil, fmt.Errorf("key of %s: %w", user, err)
		}
		pair, err := nkeys.FromSeed([]byte(strings.TrimSpace(string(seed))))
		if err != nil {
			return nil, fmt.Errorf("key of %s: %s: %w (remove the file to make a new one)", user, path, err)
		}
		if public[user], err = pair.PublicKey(); err != nil {
			return nil, fmt.Errorf("key of %s: %s: %w", user, path, err)
		}
	}
	return public, nil
}

// newSeed makes a seed and stores it whole or not at all. The file belongs to
// whoever owns its folder, as far as we may say so: in a container the one who
// writes keys is not the one who reads them.
func newSeed(path string) ([]byte, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, err
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(seed, '\n'), 0o400); err != nil {
		return nil, err
	}
	if err := giveToOwnerOf(filepath.Dir(path), temporary); err != nil {
		return nil, err
	}
	return seed, os.Rename(temporary, path)
}

// UsersConf returns users.conf: the public keys as variables of accounts.conf.
func UsersConf(public map[string]string) []byte {
	var b strings.Builder
	b.WriteString("# Public keys of the users, made by `parley keys`. No secrets here.\n")
	for _, user := range bus.RoleNames() {
		fmt.Fprintf(&b, "%s: %q\n", variable(user), public[user])
	}
	return []byte(b.String())
}

func variable(user string) string { return strings.ToUpper(user) + "_NKEY" }
