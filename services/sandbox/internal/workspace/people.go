package workspace

import "strings"

func (w *Workspace) usersList(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []any{}
	for _, u := range w.people {
		list = append(list, w.userObject(u))
	}
	list, next, err := page(c, list, 200)
	if err != nil {
		return nil, err
	}
	return object{"members": list, "cache_ts": 1795305600, "response_metadata": cursor(next)}, nil
}

func (w *Workspace) usersInfo(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.user(c.str("user"))
	if u == nil || (c.token != "" && u.ID != c.str("user")) {
		return nil, fail("user_not_found")
	}
	return object{"user": w.userObject(u)}, nil
}

func (w *Workspace) usersByEmail(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range w.people {
		if u.Email != "" && strings.EqualFold(u.Email, c.str("email")) {
			return object{"user": w.userObject(u)}, nil
		}
	}
	return nil, fail("users_not_found")
}

func (w *Workspace) groupsList(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []any{}
	for _, g := range w.groups {
		list = append(list, w.groupObject(g, c.flag("include_users")))
	}
	return object{"usergroups": list}, nil
}

func (w *Workspace) groupUsers(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.groups {
		if g.ID == c.str("usergroup") {
			return object{"users": g.Members}, nil
		}
	}
	return nil, fail("no_such_subteam")
}
