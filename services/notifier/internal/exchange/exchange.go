package exchange

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Exchange is several backends as one.
type Exchange struct {
	first    chat.Backend
	others   map[string]chat.Backend
	operator []string
	deps     chat.Deps
	trouble  chan trouble
	disabled *prometheus.GaugeVec
	pictures pictures

	mu     sync.Mutex
	health map[string]*health // by channel id
	byName map[string]string  // channel ids by name
	// changed is told that what fails is another now.
	changed chan struct{}
}

var (
	_ chat.Backend   = (*Exchange)(nil)
	_ chat.Again     = (*Exchange)(nil)
	_ chat.Several   = (*Exchange)(nil)
	_ chat.Stopper   = (*Exchange)(nil)
	_ chat.Forgetter = (*Exchange)(nil)
	_ chat.Placer    = (*Exchange)(nil)
	_ chat.Uploader  = (*Exchange)(nil)
	_ chat.Grouper   = (*Exchange)(nil)
	_ chat.Answerer  = (*Exchange)(nil)
	_ chat.Directory = (*Exchange)(nil)
	_ chat.Asker     = (*Exchange)(nil)
	_ chat.Receiver  = (*Exchange)(nil)
	_ chat.Endpoint  = (*Exchange)(nil)
	_ chat.Lister    = (*Exchange)(nil)
)

// New returns the exchange of first, whose channels need no name before them,
// and the others. operator are the channels, in order, that hear of disabled
// ones.
func New(first chat.Backend, others map[string]chat.Backend, operator []string, d chat.Deps) *Exchange {
	x := &Exchange{first: first, others: others, operator: operator, deps: d, trouble: make(chan trouble, 64), changed: make(chan struct{}, 1), health: map[string]*health{}, byName: map[string]string{},
		disabled: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "notifier_channel_disabled",
			Help: "1 while a channel is disabled because it only failed."}, []string{"backend", "channel"})}
	if d.Metrics != nil {
		d.Metrics.MustRegister(x.disabled)
	}
	return x
}

// Knows returns an error that says what is wrong with a channel's name.
func (x *Exchange) Knows(channel string) error {
	return File{Backends: x.others}.Knows(x.first.Name(), channel)
}

// split returns the backend of a channel's name or id, its prefix, and the rest.
func (x *Exchange) split(channel string) (b chat.Backend, prefix, rest string) {
	if name, rest, ok := strings.Cut(channel, ":"); ok {
		if b := x.others[name]; b != nil {
			return b, name + ":", rest
		}
		if name == x.first.Name() {
			return x.first, "", rest
		}
	}
	return x.first, "", channel
}

// Name implements chat.Backend: the default backend's.
func (x *Exchange) Name() string { return x.first.Name() }

// Named implements chat.Several.
func (x *Exchange) Named(name string) (chat.Backend, bool) {
	if name == x.first.Name() {
		return x.first, true
	}
	b, ok := x.others[name]
	return b, ok
}

// Channel implements chat.Backend.
func (x *Exchange) Channel(ctx context.Context, name string) (string, error) {
	if err := x.Knows(name); err != nil {
		return "", fmt.Errorf("%w: %w", err, chat.ErrNoChannel)
	}
	if err := x.allowed(lookup(name)); err != nil {
		return "", err
	}
	b, prefix, rest := x.split(name)
	id, err := b.Channel(ctx, rest)
	if err = x.judge(lookup(name), name, err); err != nil {
		return "", err
	}
	x.learn(name, prefix+id)
	return prefix + id, nil
}

// lookup is under what the finding of a channel is judged, apart from what is
// done there.
func lookup(name string) string { return "lookup " + name }

// Post implements chat.Backend.
func (x *Exchange) Post(ctx context.Context, p chat.Post) (string, error) {
	channel := p.ChannelID
	if err := x.allowed(channel); err != nil {
		return "", err
	}
	b, prefix, rest := x.split(channel)
	p.ChannelID, p.Content = rest, x.pictured(p.Content, prefix == "")
	ts, err := b.Post(ctx, p)
	return ts, x.judge(channel, x.name(channel), err)
}

// Again implements chat.Again, for those that can be edited too.
func (x *Exchange) Again(ctx context.Context, p chat.Post, ts string) (string, error) {
	channel := p.ChannelID
	if err := x.allowed(channel); err != nil {
		return ts, err
	}
	b, prefix, rest := x.split(channel)
	p.ChannelID, p.Content = rest, x.pictured(p.Content, prefix == "")
	ts, err := chat.Edit(ctx, b, p, ts)
	return ts, x.judge(channel, x.name(channel), err)
}

// Update implements chat.Backend.
func (x *Exchange) Update(ctx context.Context, channel, ts string, c chat.Content) error {
	_, err := x.Again(ctx, chat.Post{ChannelID: channel, Content: c}, ts)
	return err
}

// Find implements chat.Backend.
func (x *Exchange) Find(ctx context.Context, channel, thread string, k chat.Key, since time.Time) (string, error) {
	if err := x.admit(channel, false); err != nil {
		return "", err
	}
	b, _, rest := x.split(channel)
	ts, err := b.Find(ctx, rest, thread, k, since)
	if err != nil { // finding nothing is no sign that it works: some never find
		err = x.judge(channel, x.name(channel), err)
	}
	return ts, err
}

// Forget implements chat.Forgetter.
func (x *Exchange) Forget(name string) {
	b, _, rest := x.split(name)
	if f, ok := b.(chat.Forgetter); ok {
		f.Forget(rest)
	}
}

// Where implements chat.Placer.
func (x *Exchange) Where(ctx context.Context) (string, error) {
	place := x.first.Name()
	if p, ok := x.first.(chat.Placer); ok {
		var err error
		if place, err = p.Where(ctx); err != nil {
			return "", err
		}
	}
	return place + "; further chats: " + strings.Join(slices.Sorted(maps.Keys(x.others)), ", "), nil
}

// Groups implements chat.Grouper for the default backend's people; see Named.
func (x *Exchange) Groups(ctx context.Context, userID string) ([]string, error) {
	if g, ok := x.first.(chat.Grouper); ok {
		return g.Groups(ctx, userID)
	}
	return nil, nil
}

// Person implements chat.Directory by the default backend's.
func (x *Exchange) Person(ctx context.Context, called string) (id, name string, err error) {
	if d, ok := x.first.(chat.Directory); ok {
		return d.Person(ctx, called)
	}
	return "", "", nil
}

// Group implements chat.GroupDirectory by the default backend's.
func (x *Exchange) Group(ctx context.Context, handle string) (string, error) {
	if d, ok := x.first.(chat.GroupDirectory); ok {
		return d.Group(ctx, handle)
	}
	return "", nil
}

// Answer implements chat.Answerer by the channel's backend.
func (x *Exchange) Answer(ctx context.Context, to chat.To, c chat.Content) error {
	b, prefix, rest := x.split(to.ChannelID)
	a, ok := b.(chat.Answerer)
	if !ok {
		return nil
	}
	to.ChannelID = rest
	return a.Answer(ctx, to, x.pictured(c, prefix == ""))
}

// Ask implements chat.Asker: forms are the default backend's.
func (x *Exchange) Ask(ctx context.Context, trigger string, f chat.Form) error {
	if a, ok := x.first.(chat.Asker); ok {
		return a.Ask(ctx, trigger, f)
	}
	return fmt.Errorf("%s has no forms: %w", x.first.Name(), chat.ErrRefused)
}

// Reask implements chat.Asker.
func (x *Exchange) Reask(ctx context.Context, viewID, hash string, f chat.Form) error {
	if a, ok := x.first.(chat.Asker); ok {
		return a.Reask(ctx, viewID, hash, f)
	}
	return fmt.Errorf("%s has no forms: %w", x.first.Name(), chat.ErrRefused)
}

// Publish implements chat.Homer: pages are the default backend's.
func (x *Exchange) Publish(ctx context.Context, userID string, c chat.Content) error {
	if h, ok := x.first.(chat.Homer); ok {
		return h.Publish(ctx, userID, x.pictured(c, true))
	}
	return fmt.Errorf("%s has no home: %w", x.first.Name(), chat.ErrRefused)
}

// Link implements chat.Linker by the channel's backend.
func (x *Exchange) Link(ctx context.Context, channel, ts string) (string, error) {
	b, _, rest := x.split(channel)
	if l, ok := b.(chat.Linker); ok {
		return l.Link(ctx, rest, ts)
	}
	return "", nil
}

// Receive implements chat.Receiver: all that can hear do.
func (x *Exchange) Receive(ctx context.Context, sink chat.Sink) error {
	var wg sync.WaitGroup
	wg.Go(func() { x.operate(ctx) })
	if r, ok := x.first.(chat.Receiver); ok {
		wg.Go(func() { _ = r.Receive(ctx, sink) })
	}
	for name, b := range x.others {
		if r, ok := b.(chat.Receiver); ok {
			wg.Go(func() { _ = r.Receive(ctx, named(name, sink)) })
		}
	}
	wg.Wait()
	return ctx.Err()
}

// Handler implements chat.Endpoint. Another's requests come to /chat/NAME/….
func (x *Exchange) Handler(sink chat.Sink) http.Handler {
	mux, any := http.NewServeMux(), false
	if e, ok := x.first.(chat.Endpoint); ok {
		if h := e.Handler(sink); h != nil {
			mux.Handle("/", h)
			any = true
		}
	}
	for name, b := range x.others {
		e, ok := b.(chat.Endpoint)
		if !ok {
			continue
		}
		if h := e.Handler(named(name, sink)); h != nil {
			mux.Handle("/chat/"+name+"/", http.StripPrefix("/chat/"+name, h))
			any = true
		}
	}
	if !any {
		return nil
	}
	return mux
}

// named says where what people do comes from.
func named(name string, sink chat.Sink) chat.Sink {
	return func(ctx context.Context, in *eventv1.Inbound) error {
		in.Backend = name
		switch what := in.GetWhat().(type) {
		case *eventv1.Inbound_Click:
			what.Click.ChannelId = name + ":" + what.Click.GetChannelId()
		case *eventv1.Inbound_Command:
			what.Command.ChannelId = name + ":" + what.Command.GetChannelId()
		}
		return sink(ctx, in)
	}
}
