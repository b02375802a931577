package notifier

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

const (
	// ownerWithin bounds the question who somebody is: a message goes out
	// without the mention rather than late.
	ownerWithin = 2 * time.Second
	ownerFor    = 10 * time.Minute
	// ownersKept bounds what is remembered.
	ownersKept = 1000
)

// owners remembers whom the chat knows by what tags call them.
type owners struct {
	backend chat.Backend

	mu    sync.Mutex
	known map[string]owner
}

type owner struct {
	who record.Who
	at  time.Time
}

// Owner returns a person by what a tag calls them; only with that name if the
// chat does not know them, or not in time.
func (o *owners) Owner(called string) record.Who {
	d, ok := o.backend.(chat.Directory)
	if !ok {
		return record.Who{Name: called}
	}
	key := strings.ToLower(called)
	o.mu.Lock()
	k, ok := o.known[key]
	o.mu.Unlock()
	if ok && time.Since(k.at) < ownerFor {
		return k.who
	}
	ctx, cancel := context.WithTimeout(context.Background(), ownerWithin)
	defer cancel()
	who := record.Who{Backend: o.backend.Name(), Name: called}
	if id, name, err := d.Person(ctx, called); err != nil {
		who = k.who // what was known, rather than nobody
	} else if id != "" {
		who.ID, who.Name = id, name
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.known) >= ownersKept || o.known == nil {
		o.known = map[string]owner{}
	}
	o.known[key] = owner{who, time.Now()}
	return who
}
