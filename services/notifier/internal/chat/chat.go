package chat

import (
	"context"
	"net/http"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Backend is a chat system. Every method is one attempt; see the package's
// guarantees for its errors.
type Backend interface {
	// Name is the backend's in events: "slack".
	Name() string
	// Channel returns the id of a channel given by "#name" or id, after joining
	// it if that is needed and possible.
	Channel(ctx context.Context, name string) (id string, err error)
	// Post writes a message and returns its id. The key can be found again by
	// Find.
	Post(ctx context.Context, p Post) (ts string, err error)
	// Update replaces what a message says.
	Update(ctx context.Context, channelID, ts string, c Content) error
	// Find returns the id of the message with this key, posted in the channel
	// (in the thread, if thread is not empty) since then, or "".
	Find(ctx context.Context, channelID, thread string, k Key, since time.Time) (ts string, err error)
}

// Post is a message to write: in the thread of another if Thread is its id.
type Post struct {
	ChannelID, Thread string
	Key               Key
	Content           Content
	// Broadcast shows a reply in the channel too, where a backend can.
	Broadcast bool
}

// Key names a message of ours for ever: the incident (or group) and which of
// its messages it is.
type Key struct{ Incident, Part string }

// Uploader is a backend that can show our pictures.
type Uploader interface {
	// Upload stores a picture and returns its id once it can be shown, or with
	// ErrPicture when it could not be shown in time.
	Upload(ctx context.Context, p Picture) (id string, err error)
	// AwaitPicture waits until an uploaded picture can be shown.
	AwaitPicture(ctx context.Context, id string) error
}

// Picture is a PNG.
type Picture struct {
	Name, Title, Alt string
	PNG              []byte
}

// Grouper is a backend that knows groups of people.
type Grouper interface {
	// Groups returns the groups of a person, with @: "@ops".
	Groups(ctx context.Context, userID string) ([]string, error)
}

// Member is a Grouper that can say who is in a group now, and not as it was
// read a while ago.
type Member interface {
	// In returns those of the groups that the person is in.
	In(ctx context.Context, userID string, groups []string) ([]string, error)
}

// Directory is a backend that finds people by what others call them: the
// owner in a cloud's tag.
type Directory interface {
	// Person returns the one person with this name, e-mail address or id; id is
	// "" if there is none, or several.
	Person(ctx context.Context, called string) (id, name string, err error)
}

// Namer is a backend that knows what its channels are called.
type Namer interface {
	// ChannelName returns "#ops" of a channel's id; "" if it is no channel that
	// we may write to: a direct message, or one that we are not in.
	ChannelName(ctx context.Context, id string) (string, error)
}

// Direct is a backend whose channels may be people: "@U0123".
type Direct interface{ TellsPeople() }

// GroupDirectory is a backend that finds groups of people by their handle.
type GroupDirectory interface {
	// Group returns the id by which a group is mentioned, or "".
	Group(ctx context.Context, handle string) (id string, err error)
}

// Answerer is a backend that can tell one person something.
type Answerer interface {
	// Answer shows c to the person alone.
	Answer(ctx context.Context, to To, c Content) error
}

// To is whom and where to answer. ReplyURL, if set, is tried first.
type To struct{ ChannelID, UserID, Thread, ReplyURL string }

// Placer is a backend that can say where people find it.
type Placer interface {
	Where(ctx context.Context) (string, error)
}

// Forgetter is a backend that remembers channels' ids.
type Forgetter interface {
	// Forget makes the next Channel look the name up again.
	Forget(name string)
}

// Sink takes what people do. An error means that it was not taken: the backend
// says so to the person, who may try again; of [Faults] it says which field is
// wrong.
type Sink func(ctx context.Context, in *eventv1.Inbound) error

// Receiver is a backend that hears what people do.
type Receiver interface {
	// Receive hands it to sink until ctx is done, reconnecting for ever.
	Receive(ctx context.Context, sink Sink) error
}

// Endpoint is a backend that also hears over HTTP.
type Endpoint interface {
	// Handler returns nil if the backend is not set up for it.
	Handler(sink Sink) http.Handler
}

// Several is a backend that is several.
type Several interface {
	// Named returns one of them.
	Named(name string) (Backend, bool)
}

// Named returns the backend of this name: b, or one of those that it is.
func Named(b Backend, name string) (Backend, bool) {
	if s, ok := b.(Several); ok {
		return s.Named(name)
	}
	return b, b.Name() == name
}

// Stopper is a backend that disables channels that only fail.
type Stopper interface {
	// Stopped reports whether the channel of this name is disabled: what is to
	// be told there waits in the records.
	Stopped(channel string) bool
}

// Setting is a backend that says which setting leads to where it looks.
type Setting interface{ Setting() string }

// Forgetting is a backend whose Find finds nothing: what may have been posted is
// posted again. Its messages are there at least once.
type Forgetting interface{ ForgetsPosts() }
