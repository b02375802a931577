package workspace

import (
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// method is one entry of the Web API.
type method struct {
	do     func(w *Workspace, c *call) (object, error)
	access access
	tier   int // calls a minute; 0 is no limit
}

type access int

const (
	bot   access = iota // the bot's token
	app                 // the app-level token
	read                // the bot's token, or none where the workspace is open
	drive               // no token: what a person or a test does, where the workspace is open
)

// methods is the whole API. Tiers: docs.slack.dev/apis/web-api/rate-limits.
func methods() map[string]method {
	all := map[string]method{
		"api.test":                     {(*Workspace).apiTest, read, 0},
		"auth.test":                    {(*Workspace).authTest, bot, 0},
		"apps.connections.open":        {(*Workspace).connectionsOpen, app, 20},
		"chat.postMessage":             {(*Workspace).postMessage, bot, 600},
		"chat.postEphemeral":           {(*Workspace).postEphemeral, bot, 100},
		"chat.update":                  {(*Workspace).update, bot, 50},
		"chat.delete":                  {(*Workspace).deleteMessage, bot, 50},
		"chat.getPermalink":            {(*Workspace).permalink, bot, 600},
		"conversations.list":           {(*Workspace).conversationsList, read, 20},
		"conversations.info":           {(*Workspace).conversationsInfo, read, 50},
		"conversations.open":           {(*Workspace).conversationsOpen, bot, 50},
		"conversations.join":           {(*Workspace).conversationsJoin, bot, 50},
		"conversations.members":        {(*Workspace).conversationsMembers, read, 100},
		"conversations.history":        {(*Workspace).history, read, 50},
		"conversations.replies":        {(*Workspace).replies, read, 50},
		"conversations.leave":          {(*Workspace).conversationsLeave, bot, 20},
		"chat.scheduleMessage":         {(*Workspace).schedule, bot, 50},
		"chat.deleteScheduledMessage":  {(*Workspace).unschedule, bot, 50},
		"chat.scheduledMessages.list":  {(*Workspace).scheduledList, bot, 50},
		"users.conversations":          {(*Workspace).usersConversations, bot, 50},
		"bots.info":                    {(*Workspace).botsInfo, bot, 50},
		"team.info":                    {(*Workspace).teamInfo, bot, 50},
		"users.list":                   {(*Workspace).usersList, read, 20},
		"users.info":                   {(*Workspace).usersInfo, read, 100},
		"users.lookupByEmail":          {(*Workspace).usersByEmail, read, 50},
		"usergroups.list":              {(*Workspace).groupsList, read, 20},
		"usergroups.users.list":        {(*Workspace).groupUsers, read, 20},
		"files.getUploadURLExternal":   {(*Workspace).uploadURL, bot, 100},
		"files.completeUploadExternal": {(*Workspace).completeUpload, bot, 100},
		"files.info":                   {(*Workspace).fileInfo, read, 100},
		"files.list":                   {(*Workspace).fileList, read, 50},
		"files.delete":                 {(*Workspace).fileDelete, bot, 50},
		"reactions.add":                {(*Workspace).reactionAdd, bot, 50},
		"reactions.remove":             {(*Workspace).reactionRemove, bot, 50},
		"reactions.get":                {(*Workspace).reactionGet, read, 50},
		"views.open":                   {(*Workspace).viewOpen, bot, 100},
		"views.push":                   {(*Workspace).viewPush, bot, 100},
		"views.update":                 {(*Workspace).viewUpdate, bot, 100},
		"views.publish":                {(*Workspace).viewPublish, bot, 100},
	}
	maps.Copy(all, drives())
	return all
}

// routes builds the handler: the API, uploads, files, response URLs, Socket Mode.
func (w *Workspace) routes() http.Handler {
	table := methods()
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", func(rw http.ResponseWriter, r *http.Request) { w.serveAPI(rw, r, table) })
	mux.HandleFunc("GET /api/sandbox.events", w.serveEvents)
	mux.HandleFunc("POST /upload/v1/{ticket}", w.serveUpload)
	mux.HandleFunc("GET /files-pri/{ids}/{name}", w.serveFile)
	mux.HandleFunc("GET /files/{id}", w.serveFile)
	mux.HandleFunc("POST /response/{id}", w.serveResponse)
	mux.HandleFunc("POST /services/{team}/{bot}/{channel}", w.serveWebhook)
	mux.HandleFunc("GET /link", w.serveSocket)
	return mux
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request, table map[string]method) {
	began := time.Now()
	name := r.PathValue("method")
	c, err := newCall(r, name)
	var answer object
	var f *fault
	if err == nil {
		answer, f, err = w.dispatch(r, c, table)
	} else {
		c = &call{method: name}
	}
	status, header := http.StatusOK, rw.Header()
	var bad *failure
	switch {
	case errors.As(err, &bad):
		answer = object{"ok": false, "error": bad.code}
		maps.Copy(answer, bad.extra)
		if bad.status != 0 {
			status = bad.status
		}
		if bad.retryAfter > 0 {
			header.Set("Retry-After", strconv.Itoa(bad.retryAfter))
		}
	case err != nil:
		answer, status = object{"ok": false, "error": "fatal_error"}, http.StatusInternalServerError
		w.log.ErrorContext(r.Context(), "api call broke", "method", name, "err", err)
	default:
		answer["ok"] = answer["ok"] != false
	}
	body, err := json.Marshal(answer)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"ok":false,"error":"fatal_error"}`)
	}
	if !quiet[name] {
		w.wire.add(entry{Time: began, Direction: "in", Method: name, Args: c.args, Status: status, Response: body, Took: time.Since(began)})
	}
	if f != nil && f.Drop {
		panic(http.ErrAbortHandler) // the planned fault: the answer is lost on the way
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	if c.token != "" && c.token == w.opt.BotToken {
		header.Set("X-Oauth-Scopes", strings.Join(w.granted(), ","))
	}
	rw.WriteHeader(status)
	_, _ = rw.Write(body)
}

// quiet are the calls that only look at the workspace for its page and its log.
var quiet = map[string]bool{"sandbox.log": true, "sandbox.state": true}

// dispatch checks who calls, applies planned faults and limits, and runs the method.
func (w *Workspace) dispatch(r *http.Request, c *call, table map[string]method) (object, *fault, error) {
	m, ok := table[c.method]
	if !ok {
		return nil, nil, &failure{code: "unknown_method", extra: object{"req_method": c.method}}
	}
	if err := w.authorize(r, c, m.access); err != nil {
		return nil, nil, err
	}
	if err := w.permitted(c, m.access); err != nil {
		return nil, nil, err
	}
	var f *fault
	if c.token != "" {
		w.mu.Lock()
		w.appBase = c.base
		f = w.planned(c)
		w.mu.Unlock()
	}
	if f != nil {
		if err := f.wait(c.ctx); err != nil {
			return nil, f, err
		}
		if !f.After && f.broken() {
			return nil, f, f.failure()
		}
	}
	if c.token != "" && w.opt.TierLimits && m.tier > 0 {
		if wait := w.take("tier "+c.method, float64(m.tier)/60, m.tier); wait > 0 {
			return nil, f, limited(wait)
		}
	}
	answer, err := m.do(w, c)
	if f != nil && f.After && f.broken() {
		return nil, f, f.failure()
	}
	return answer, f, err
}

// authorize accepts the token that the method wants, or none where that is allowed.
func (w *Workspace) authorize(r *http.Request, c *call, want access) error {
	if c.token == "" {
		if (want == read || want == drive) && (w.opt.Open || loopback(r)) {
			return nil
		}
		if want == drive {
			return &failure{code: "not_allowed", status: http.StatusForbidden, extra: object{
				"message": "driving calls are for this machine; allow others with the sandbox's open setting"}}
		}
		return fail("not_authed")
	}
	switch c.token {
	case w.opt.BotToken:
		if want == app {
			return fail("not_allowed_token_type")
		}
	case w.opt.AppToken:
		if want != app && c.method != "auth.test" {
			return fail("not_allowed_token_type")
		}
	default:
		return fail("invalid_auth")
	}
	return nil
}

// AllowHost reports whether a Host header names this workspace and not an outside
// name that was made to point here: an address, a name without a dot, *.localhost,
// or one of more.
func AllowHost(hostport string, more []string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") {
		return host != ""
	}
	for _, name := range more {
		if strings.EqualFold(name, host) {
			return true
		}
	}
	return false
}

func (w *Workspace) apiTest(c *call) (object, error) { return object{"args": c.args}, nil }

func (w *Workspace) authTest(c *call) (object, error) {
	if c.token == w.opt.AppToken {
		return object{"app_name": "Parley", "app_id": AppID}, nil
	}
	return object{
		"url": c.base + "/", "team": teamName, "user": "parley", "team_id": TeamID, "user_id": BotUser,
		"bot_id": BotID, "app_id": AppID, "is_enterprise_install": false,
	}, nil
}
