package mail

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Backend writes mails by one server.
type Backend struct {
	name   string
	cfg    Config
	places places
	log    *slog.Logger
	// secrets keeps them out of errors.
	secrets *api.Caller
	// dial connects to the server.
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// roots are whom it trusts; nil is the system's.
	roots *x509.CertPool

	mu sync.Mutex
	// subjects of the newest threads, oldest first in order.
	subjects map[string]string
	order    []string
}

var (
	_ chat.Teller        = (*Backend)(nil)
	_ chat.PictureTeller = (*Backend)(nil)
)

// New returns the backend; it does not connect yet.
func New(c Config, d chat.Deps) (chat.Backend, error) {
	b, err := open(c, d)
	if err != nil {
		return nil, err
	}
	return chat.ByTelling(b), nil
}

func open(c Config, d chat.Deps) (*Backend, error) {
	p, err := c.parsed()
	if err != nil {
		return nil, err
	}
	name, log := d.Name, d.Log
	if name == "" {
		name = "mail"
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Backend{name: name, cfg: c, places: p, log: log, secrets: api.New(nil, c.Password.Reveal()),
		dial: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, subjects: map[string]string{}}, nil
}

// Name returns the backend's name.
func (b *Backend) Name() string { return b.name }

// TellsPictures implements chat.PictureTeller.
func (b *Backend) TellsPictures() {}

// Channel implements chat.Teller.
func (b *Backend) Channel(_ context.Context, name string) (string, error) {
	return b.places.channels.ID(name)
}

// Lists implements chat.Lister.
func (b *Backend) Lists() []string { return b.places.channels.Names() }

// Tell implements chat.Teller.
func (b *Backend) Tell(ctx context.Context, t chat.Told) error {
	to, err := b.places.channels.Get(t.ChannelID)
	if err != nil {
		return err
	}
	data, err := write(b.letter(t, to))
	if err != nil {
		return err
	}
	return b.send(ctx, to, data)
}

// maxSubjects is how many threads' subjects are remembered.
const maxSubjects = 10_000

// subject returns the subject of a thread: that of its first mail, because
// many readers join only mails of one subject.
func (b *Backend) subject(thread, now string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s, ok := b.subjects[thread]; ok {
		return s
	}
	if len(b.order) >= maxSubjects {
		delete(b.subjects, b.order[0])
		b.order = b.order[1:]
	}
	b.subjects[thread], b.order = now, append(b.order, thread)
	return now
}
