package workspace

import (
	"slices"
	"strings"
	"time"
)

// setApp changes what the app's manifest says: its scopes and the events it
// subscribes to. It answers with both.
func (w *Workspace) setApp(c *call) (object, error) {
	given, hasScopes, err := c.list("scopes")
	if err != nil {
		return nil, explain("invalid_arguments", "scopes: %v", err)
	}
	events, hasEvents, err := c.list("events")
	if err != nil {
		return nil, explain("invalid_arguments", "events: %v", err)
	}
	w.mu.Lock()
	if hasScopes {
		w.scopes = nonNil(texts(given))
	}
	if c.flag("all_scopes") {
		w.scopes = nil
	}
	if hasEvents {
		w.events = texts(events)
	}
	subscribed := nonNil(slices.Clone(w.events))
	w.mu.Unlock()
	return object{"scopes": w.granted(), "events": subscribed}, nil
}

// setGroup makes a user group, or changes who is in it.
func (w *Workspace) setGroup(c *call) (object, error) {
	handle := strings.ToLower(strings.TrimPrefix(c.str("name"), "@"))
	if handle == "" || len(handle) > 80 || strings.ContainsAny(handle, " <>&|") {
		return nil, explain("invalid_name", "a group's name has up to 80 characters and no spaces")
	}
	given, hasUsers, err := c.list("users")
	if err != nil {
		return nil, explain("invalid_arguments", "users: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var members []string
	for _, name := range texts(given) {
		u := w.user(name)
		if u == nil || u.Bot {
			return nil, explain("user_not_found", "no person %q", name)
		}
		members = append(members, u.ID)
	}
	i := slices.IndexFunc(w.groups, func(g *group) bool { return g.Handle == handle || g.ID == c.str("name") })
	if i < 0 {
		i = len(w.groups)
		w.groups = append(w.groups, &group{ID: id("S"), Handle: handle, Name: handle})
	}
	g := w.groups[i]
	if hasUsers {
		g.Members = nonNil(members)
	}
	w.changed()
	o := w.groupObject(g, true)
	w.hub.send("", "group", o)
	w.occurred(object{"type": "subteam_updated", "subteam": o, "event_ts": w.stamp()})
	return object{"usergroup": o}, nil
}

// setPerson makes a person, or changes one: their time zone, whether they left.
func (w *Workspace) setPerson(c *call) (object, error) {
	name := strings.TrimSpace(strings.TrimPrefix(c.str("name"), "@"))
	if name == "" || len(name) > 80 || strings.ContainsAny(name, "<>&|") {
		return nil, explain("invalid_name", "a person's name has up to 80 characters")
	}
	zone := c.str("tz")
	if _, err := time.LoadLocation(zone); err != nil {
		return nil, explain("invalid_arguments", "tz: %q is no time zone; give one such as Europe/Berlin", zone)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.user(name)
	if u != nil && u.Bot {
		return nil, explain("invalid_name", "%s is an app", name)
	}
	if u == nil {
		handle := strings.ReplaceAll(strings.ToLower(name), " ", ".")
		u = &user{ID: id("U"), Name: handle, Display: name, Email: handle + "@parley.example"}
		w.people = append(w.people, u)
		for _, ch := range w.channels {
			if !ch.direct() && !ch.Private {
				ch.Members = append(ch.Members, u.ID)
			}
		}
	}
	for arg, field := range map[string]*string{"tz": &u.Zone, "email": &u.Email, "title": &u.Title} {
		if _, given := c.args[arg]; given {
			*field = c.str(arg)
		}
	}
	if _, given := c.args["deleted"]; given {
		u.Gone = c.flag("deleted")
	}
	w.changed()
	w.hub.send("", "person", w.userObject(u))
	return object{"user": w.userObject(u)}, nil
}

func (w *Workspace) botsInfo(c *call) (object, error) {
	if b := c.str("bot"); b != "" && b != BotID {
		return nil, fail("bot_not_found")
	}
	return object{"bot": object{
		"id": BotID, "app_id": AppID, "user_id": BotUser, "name": "Parley", "deleted": false, "updated": 1795305600,
		"icons": object{},
	}}, nil
}

func (w *Workspace) teamInfo(*call) (object, error) {
	return object{"team": object{"id": TeamID, "name": teamName, "domain": teamDomain, "email_domain": "parley.example"}}, nil
}

// usersConversations lists the conversations of the app itself, or those that it
// shares with a person.
func (w *Workspace) usersConversations(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	person := c.str("user")
	if person == "" {
		person = BotUser
	}
	if u := w.user(person); u == nil || u.ID != person {
		return nil, fail("user_not_found")
	}
	return w.listed(c, func(ch *channel) bool { return ch.has(BotUser) && ch.has(person) })
}
