package workspace

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Workspace is a Slack workspace and its app's surroundings. Its methods may be
// called from several goroutines.
type Workspace struct {
	opt     Options
	log     *slog.Logger
	hub     *hub
	wire    *wire
	handler http.Handler
	dirty   chan struct{} // tells the writer of the snapshot
	tasks   sync.WaitGroup
	done    context.Context // ends with Run, for work that outlives a request
	stop    context.CancelFunc

	mu        sync.Mutex
	people    []*user
	groups    []*group
	channels  []*channel
	files     map[string]*file
	fileOrder []string
	stacks    map[string][]*view // open modals by person, the top one last
	homes     map[string]*view
	triggers  map[string]*trigger
	responses map[string]*reply
	watches   []*watch
	limits    map[string]*bucket
	faults    []*fault
	sockets   []*socket
	tickets   map[string]time.Time // of Socket Mode URLs, with their expiry
	scheduled []*later             // messages that wait for their time
	loaded    []*later             // those of the snapshot, until Run
	scopes    []string             // the bot's; nil is all
	events    []string             // that the app subscribes to
	next      int                  // round robin over sockets
	lastTS    int64                // Unix microseconds
	appBase   string               // how the app reaches the workspace
	verified  bool                 // EventsURL has answered the challenge
}

// New returns a workspace with its people and channels, or with those of the
// snapshot that opt.State names. It reads that file and does no other I/O.
func New(opt Options) (*Workspace, error) {
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	if opt.Client == nil {
		opt.Client = &http.Client{}
	}
	done, stop := context.WithCancel(context.Background())
	w := &Workspace{
		opt: opt, log: opt.Log, hub: newHub(), wire: newWire(), dirty: make(chan struct{}, 1),
		done: done, stop: stop,
		people: people(), groups: groups(), channels: channels(time.Now().Unix()),
		files: map[string]*file{}, stacks: map[string][]*view{}, homes: map[string]*view{},
		triggers: map[string]*trigger{}, responses: map[string]*reply{},
		limits: map[string]*bucket{}, tickets: map[string]time.Time{}, events: opt.Events,
	}
	if opt.State != "" {
		if err := w.load(); err != nil {
			return nil, fmt.Errorf("load the workspace from %s: %w", opt.State, err)
		}
	}
	w.handler = w.routes()
	return w, nil
}

// Run keeps the snapshot current until ctx is done, then says goodbye to the app
// and to pages. It must be called once, also without a snapshot.
func (w *Workspace) Run(ctx context.Context) error {
	w.reschedule()
	err := w.persist(ctx)
	w.stop()
	w.hub.close()
	w.closeSockets()
	w.tasks.Wait()
	return err
}

// Handler serves the Web API and everything else of the workspace but its page.
func (w *Workspace) Handler() http.Handler { return w.handler }

// changed marks the state for the snapshot. The caller holds mu.
func (w *Workspace) changed() {
	select {
	case w.dirty <- struct{}{}:
	default:
	}
}

// stamp returns a new message timestamp. The caller holds mu.
func (w *Workspace) stamp() string {
	now := time.Now().UnixMicro()
	if now <= w.lastTS {
		now = w.lastTS + 1
	}
	w.lastTS = now
	return fmt.Sprintf("%d.%06d", now/1e6, now%1e6)
}

// user finds a person or the bot by id, handle, mention or display name; nil if there is none.
func (w *Workspace) user(s string) *user {
	key := loose(s)
	for _, u := range w.people {
		if key != "" && (strings.EqualFold(u.ID, s) || loose(u.Name) == key || loose(u.Display) == key || strings.EqualFold("<@"+u.ID+">", s)) {
			return u
		}
	}
	return nil
}

// loose makes "@second operator", "second.operator" and "Second_Operator" the same.
func loose(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '@' || r == '.' || r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// channel finds a channel by id or name, with or without #; nil if there is none.
func (w *Workspace) channel(s string) *channel {
	name := strings.ToLower(strings.TrimPrefix(s, "#"))
	for _, c := range w.channels {
		if s != "" && (c.ID == s || (name != "" && c.Name == name)) {
			return c
		}
	}
	return nil
}

func (c *channel) has(person string) bool { return slices.Contains(c.Members, person) }

// id returns a random Slack id that begins with kind.
func id(kind string) string { return kind + rand.Text()[:10] }
