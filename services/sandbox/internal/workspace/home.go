package workspace

import "time"

// homeWait is how long opening the home tab waits for the app to publish it.
const homeWait = 2 * time.Second

// openHome does what a person does who opens the app's home (tab home) or its
// messages (tab messages), and answers with the home tab that the app then has.
func (w *Workspace) openHome(c *call) (object, error) {
	w.mu.Lock()
	u, err := w.person(c)
	tab := c.str("tab")
	if tab == "" {
		tab = "home"
	}
	if err == nil && tab != "home" && tab != "messages" {
		err = explain("invalid_arguments", "tab is home or messages")
	}
	if err != nil {
		w.mu.Unlock()
		return nil, err
	}
	ev := object{"type": "app_home_opened", "user": u.ID, "channel": w.with(u.ID).ID, "tab": tab, "event_ts": w.stamp()}
	if v := w.homes[u.ID]; v != nil && tab == "home" {
		ev["view"] = copyObject(v.object())
	}
	listening := w.subscribed(ev) && (len(w.sockets) > 0 || w.opt.EventsURL != "")
	x := &watch{user: u.ID, reply: homeKey(u.ID), sure: make(chan object, 1), maybe: make(chan object, 1)}
	w.watches = append(w.watches, x)
	w.occurred(ev)
	w.mu.Unlock()
	defer w.unwatch(x)
	wait := homeWait
	if ms := c.number("wait_ms", -1); ms >= 0 {
		wait = time.Duration(ms) * time.Millisecond
	}
	if listening && tab == "home" && wait > 0 {
		x.first(c.ctx, wait)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	answer := object{"channel": ev["channel"]}
	if v := w.homes[u.ID]; v != nil {
		answer["view"] = v.object()
	}
	return answer, nil
}

func homeKey(person string) string { return "home of " + person }

// answeredHome tells who waits for a home tab that it is there. The caller holds mu.
func (w *Workspace) answeredHome(person string, v *view) {
	for _, x := range w.watches {
		if x.reply == homeKey(person) {
			offer(x.sure, v.object())
		}
	}
}
