package workspace

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/block"
)

// How the workspace's things look in JSON. All need mu.

func (w *Workspace) userObject(u *user) object {
	zone, label, offset := u.zone(time.Now())
	return object{
		"id": u.ID, "team_id": TeamID, "name": u.Name, "real_name": u.Display, "deleted": u.Gone,
		"is_bot": u.Bot, "is_app_user": false, "is_admin": u.Admin, "is_owner": false, "is_restricted": false,
		"tz": zone, "tz_label": label, "tz_offset": offset, "updated": 1795305600,
		"profile": object{
			"real_name": u.Display, "display_name": u.Display, "real_name_normalized": u.Display,
			"display_name_normalized": u.Display, "email": u.Email, "title": u.Title, "team": TeamID,
		},
	}
}

func (w *Workspace) groupObject(g *group, users bool) object {
	o := object{
		"id": g.ID, "team_id": TeamID, "is_usergroup": true, "is_subteam": true, "is_external": false,
		"name": g.Name, "handle": g.Handle, "description": g.Name, "user_count": len(g.Members),
		"date_create": 1795305600, "date_update": 1795305600, "date_delete": 0,
		"created_by": Operator, "updated_by": Operator, "deleted_by": "", "auto_type": "",
		"prefs": object{"channels": []string{}, "groups": []string{}},
	}
	if users {
		o["users"] = g.Members
	}
	return o
}

func (w *Workspace) channelObject(c *channel) object {
	o := object{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "created": c.Created, "creator": Operator,
		"is_channel": !c.direct() && !c.Private, "is_group": c.Private, "is_im": c.direct(), "is_mpim": false,
		"is_private": c.Private || c.direct(), "is_archived": c.Archived, "is_general": c.ID == ChannelGen, "is_shared": false,
		"is_member": c.has(BotUser), "num_members": len(c.Members), "context_team_id": TeamID, "unlinked": 0,
		"topic":   object{"value": c.Topic, "creator": Operator, "last_set": c.Created},
		"purpose": object{"value": c.Purpose, "creator": Operator, "last_set": c.Created},
	}
	if c.With != "" {
		o["user"] = c.With
	}
	if c.Pair {
		o["members"] = c.Members // the page's own, to name the other one
	}
	return o
}

// messageObject is m as history returns it; metadata only where asked for.
func (w *Workspace) messageObject(c *channel, m *message, base string, metadata bool) object {
	o := object{"type": "message", "ts": m.TS, "user": m.User, "text": m.Text, "team": TeamID}
	set := func(key string, v any, present bool) {
		if present {
			o[key] = v
		}
	}
	set("subtype", m.Subtype, m.Subtype != "")
	set("thread_ts", m.ThreadTS, m.ThreadTS != "")
	set("username", m.Username, m.Username != "")
	set("icons", object{"emoji": m.IconEmoji, "image_64": m.IconURL}, m.IconEmoji != "" || m.IconURL != "")
	set("blocks", w.sized(m.Blocks), len(m.Blocks) > 0)
	set("attachments", w.sizedAttachments(m.Attachments), len(m.Attachments) > 0)
	set("metadata", m.Metadata, metadata && m.Metadata != nil)
	set("edited", object{"user": m.User, "ts": m.Edited}, m.Edited != "")
	set("is_ephemeral", true, m.To != "")
	set("to", m.To, m.To != "")
	if m.BotID != "" {
		o["bot_id"], o["app_id"] = m.BotID, AppID
		o["bot_profile"] = object{"id": BotID, "app_id": AppID, "name": "Parley", "deleted": false, "team_id": TeamID, "updated": 1795305600}
	}
	if m.Broadcast && m.ThreadTS != "" {
		o["subtype"] = "thread_broadcast"
	}
	if len(m.Reactions) > 0 {
		o["reactions"] = reactionObjects(m)
	}
	if len(m.Files) > 0 {
		var list []any
		for _, id := range m.Files {
			if f := w.files[id]; f != nil {
				list = append(list, w.fileObject(f, base))
			}
		}
		set("files", list, len(list) > 0)
	}
	if replies := c.threads[m.TS]; len(replies) > 0 {
		var users []string
		for _, r := range replies {
			if !slices.Contains(users, r.User) {
				users = append(users, r.User)
			}
		}
		o["thread_ts"], o["reply_count"], o["reply_users_count"] = m.TS, len(replies), len(users)
		o["reply_users"], o["latest_reply"] = users, replies[len(replies)-1].TS
		o["subscribed"], o["is_locked"] = false, false
	} else if m.ThreadTS != "" && m.ThreadTS != m.TS {
		if parent := c.find(m.ThreadTS); parent != nil {
			o["parent_user_id"] = parent.User
		}
	}
	return o
}

// sized is blocks with the size of each picture, as Slack adds it: who draws them
// keeps the room before a picture has come.
func (w *Workspace) sized(blocks []any) []any {
	return changed(blocks, func(b object) object {
		if b["type"] != "image" {
			return nil
		}
		for _, id := range block.Files([]any{b}) {
			if f := w.files[id]; f != nil && f.Width > 0 {
				b = maps.Clone(b)
				b["image_width"], b["image_height"], b["image_bytes"] = f.Width, f.Height, f.Length
				return b
			}
		}
		return nil
	})
}

func (w *Workspace) sizedAttachments(attachments []any) []any {
	return changed(attachments, func(a object) object {
		blocks, _ := a["blocks"].([]any)
		if len(blocks) == 0 {
			return nil
		}
		a = maps.Clone(a)
		a["blocks"] = w.sized(blocks)
		return a
	})
}

// changed is list with what change returns instead of an object; nil keeps it.
// The list itself is kept as it was.
func changed(list []any, change func(object) object) []any {
	out := list
	for i, v := range list {
		o, _ := v.(object)
		if o = change(o); o == nil {
			continue
		}
		if &out[0] == &list[0] {
			out = slices.Clone(list)
		}
		out[i] = o
	}
	return out
}

func reactionObjects(m *message) []any {
	var list []any
	for _, r := range m.Reactions {
		list = append(list, object{"name": r.Name, "users": slices.Clone(r.Users), "count": len(r.Users)})
	}
	return list
}

func (w *Workspace) ready(f *file) bool {
	return !f.Complete.IsZero() && !time.Now().Before(f.Complete.Add(w.opt.FileReady))
}

func (w *Workspace) fileObject(f *file, base string) object {
	url := base + "/files-pri/" + TeamID + "-" + f.ID + "/" + pathSafe(f.Name)
	o := object{
		"id": f.ID, "created": f.Created, "timestamp": f.Created, "name": f.Name, "title": f.Title, "user": f.User, "user_team": TeamID,
		"mimetype": "", "filetype": "", "pretty_type": "", "size": f.Length, "mode": "hosted", "alt_txt": f.Alt,
		"is_external": false, "is_public": len(f.Channels) > 0, "editable": false, "display_as_bot": false, "username": "",
		"url_private": url, "url_private_download": url + "?download=1", "permalink": base + "/files/" + f.ID,
		"channels": nonNil(f.Channels), "groups": []string{}, "ims": []string{}, "comments_count": 0,
	}
	if !w.ready(f) {
		return o
	}
	kind := f.Type[strings.Index(f.Type, "/")+1:]
	o["mimetype"], o["filetype"], o["pretty_type"] = f.Type, kind, strings.ToUpper(kind)
	if f.Width > 0 {
		o["original_w"], o["original_h"] = f.Width, f.Height
		for _, side := range []int{64, 80, 160, 360, 480, 720} {
			o["thumb_"+strconv.Itoa(side)] = url
		}
	}
	return o
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func pathSafe(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
}
