package chat

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-ops/parley/services/internal/config"
)

// Deps is what a backend gets beside its config.
type Deps struct {
	// Name is the backend's, by which channels and events call it; empty is its
	// kind's.
	Name    string
	Log     *slog.Logger
	Metrics prometheus.Registerer
	HTTP    *http.Client
}

// Maker makes one kind of backend.
type Maker struct {
	// Config points to the struct that the settings are read into; nil for a
	// kind that is set up in the chats file alone.
	Config any
	New    func(Deps) (Backend, error)
	// Open makes one by its entry in the chats file; nil for a kind that is set
	// up by settings alone.
	Open func(decode func(any) error, d Deps) (Backend, error)
}

// Kind returns the maker of a kind with these defaults, set up by settings.
func Kind[C any](defaults func() C, open func(C, Deps) (Backend, error)) Maker {
	cfg := defaults()
	return Maker{Config: &cfg, New: func(d Deps) (Backend, error) { return open(cfg, d) }}
}

// Listed returns the maker of a kind that is set up in the chats file: its
// entry is read into the defaults (yaml tags).
func Listed[C any](defaults func() C, open func(C, Deps) (Backend, error)) Maker {
	return Maker{Open: func(decode func(any) error, d Deps) (Backend, error) {
		cfg := defaults()
		if err := decode(&cfg); err != nil {
			return nil, err
		}
		return open(cfg, d)
	}}
}

// Ref is a secret that a file names and does not contain: env:NAME or
// file:PATH.
type Ref struct{ config.Secret }

// maxSecret bounds what is read of a secret's file.
const maxSecret = 64 << 10

// UnmarshalText reads the secret that the text refers to.
func (r *Ref) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	switch kind, what, _ := strings.Cut(text, ":"); {
	case kind == "env" && what != "":
		v := strings.TrimSpace(os.Getenv(what))
		if v == "" {
			return fmt.Errorf("env:%s: the environment has no such variable, or it is empty", what)
		}
		r.Secret = config.Secret(v)
	case kind == "file" && what != "":
		f, err := os.Open(what)
		if err != nil {
			return err
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, maxSecret))
		if err != nil {
			return err
		}
		v := strings.TrimSpace(string(data))
		if v == "" {
			return fmt.Errorf("file:%s is empty", what)
		}
		r.Secret = config.Secret(v)
	case text == "":
		r.Secret = ""
	default:
		return fmt.Errorf("a secret does not stand in this file: write env:NAME or file:PATH")
	}
	return nil
}
