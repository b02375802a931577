package approval

import (
	"fmt"
	"slices"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
)

// People is who is one person although chats call them differently: each entry
// lists the identities of one, as "slack:U0123" or an e-mail address.
type People [][]string

// ParsePeople reads entries like "slack:U0123=mattermost:ann=ann@example.org".
func ParsePeople(entries []string) (People, error) {
	var out People
	for _, e := range entries {
		ids := strings.Split(e, "=")
		for i, id := range ids {
			ids[i] = strings.ToLower(strings.TrimSpace(id))
			backend, name, ok := strings.Cut(ids[i], ":")
			if address := strings.Contains(id, "@") && !ok; !address && (backend == "" || name == "") {
				return nil, fmt.Errorf("%q: want one person's identities, as slack:U0123=mattermost:ann=ann@example.org", e)
			}
		}
		if len(ids) < 2 {
			return nil, fmt.Errorf("%q: want two identities or more of one person, with = between them", e)
		}
		out = append(out, ids)
	}
	return out, nil
}

// Same reports whether two actors may be one person: by id, name or e-mail
// address, whichever chat they came by, or because that is configured. Who acts
// for somebody (parley, for ann) is that person too.
func (p People) Same(a, b *eventv1.Actor) bool {
	x, y := identities(a), identities(b)
	shared := func(list []string) bool {
		return slices.ContainsFunc(list, func(id string) bool { return slices.Contains(y, id) })
	}
	if len(x) == 0 || len(y) == 0 || shared(x) {
		return true // nobody is anybody
	}
	for _, ids := range p {
		if slices.ContainsFunc(x, func(id string) bool { return slices.Contains(ids, id) }) && shared(ids) {
			return true
		}
	}
	return false
}

// identities are all that an actor may be called.
func identities(a *eventv1.Actor) []string {
	p, backend := a.GetPerson(), strings.ToLower(a.GetBackend())
	var out []string
	add := func(id string) {
		if id = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(id), "@")); id != "" {
			out = append(out, id, backend+":"+id)
		}
	}
	add(p.GetId())
	add(p.GetName())
	if mail := strings.ToLower(strings.TrimSpace(p.GetEmail())); mail != "" {
		out = append(out, mail)
	}
	if a.GetBackend() == declare.Parley {
		_, who, _ := strings.Cut(p.GetName(), declare.Parley+", for ")
		add(who)
	}
	return out
}
