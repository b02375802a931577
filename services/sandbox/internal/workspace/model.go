package workspace

import (
	"slices"
	"strings"
	"time"
)

// object is one decoded JSON object.
type object = map[string]any

// user is a person or the app's bot.
type user struct {
	ID, Name, Display, Email, Title string
	Bot, Admin                      bool
	Zone                            string `json:",omitempty"` // IANA; "" is UTC
	Gone                            bool   `json:",omitempty"` // deactivated
}

// group is a user group: @ops.
type group struct {
	ID, Handle, Name string
	Members          []string
}

type channel struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Topic      string     `json:"topic,omitempty"`
	Purpose    string     `json:"purpose,omitempty"`
	Members    []string   `json:"members"`
	Private    bool       `json:"private,omitempty"`
	Archived   bool       `json:"archived,omitempty"`
	With       string     `json:"with,omitempty"` // the person, in a direct message with the bot
	Pair       bool       `json:"pair,omitempty"` // a direct message of two people, which the app does not see
	Created    int64      `json:"created"`        // Unix seconds
	Messages   []*message `json:"messages"`       // in the order of TS
	Ephemerals []*message `json:"ephemerals"`     // visible to one person each

	threads map[string][]*message // replies by the parent's TS
}

type message struct {
	TS          string     `json:"ts"`
	ThreadTS    string     `json:"thread_ts,omitempty"`
	User        string     `json:"user"`
	BotID       string     `json:"bot_id,omitempty"`
	Subtype     string     `json:"subtype,omitempty"`
	Username    string     `json:"username,omitempty"`
	IconEmoji   string     `json:"icon_emoji,omitempty"`
	IconURL     string     `json:"icon_url,omitempty"`
	Text        string     `json:"text"`
	Blocks      []any      `json:"blocks,omitempty"`
	Attachments []any      `json:"attachments,omitempty"`
	Metadata    object     `json:"metadata,omitempty"`
	Files       []string   `json:"files,omitempty"`
	Edited      string     `json:"edited,omitempty"` // TS of the last edit
	Reactions   []reaction `json:"reactions,omitempty"`
	Broadcast   bool       `json:"broadcast,omitempty"`
	To          string     `json:"to,omitempty"` // the one person who sees it
}

type reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
}

func (c *channel) find(ts string) *message {
	i, ok := slices.BinarySearchFunc(c.Messages, ts, func(m *message, ts string) int { return strings.Compare(m.TS, ts) })
	if !ok {
		return nil
	}
	return c.Messages[i]
}

func (c *channel) findPrivate(ts string) *message {
	i := slices.IndexFunc(c.Ephemerals, func(m *message) bool { return m.TS == ts })
	if i < 0 {
		return nil
	}
	return c.Ephemerals[i]
}

// add appends m and forgets the oldest beyond the limit of messages a channel keeps.
func (c *channel) add(m *message) {
	if m.To != "" {
		c.Ephemerals = append(c.Ephemerals, m)
		if n := len(c.Ephemerals) - maxPrivate; n > 0 {
			c.Ephemerals = slices.Delete(c.Ephemerals, 0, n)
		}
		return
	}
	c.Messages = append(c.Messages, m)
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		c.threads[m.ThreadTS] = append(c.threads[m.ThreadTS], m)
	}
	for len(c.Messages) > maxMessages {
		c.remove(c.Messages[0])
	}
}

func (c *channel) remove(m *message) {
	same := func(o *message) bool { return o == m }
	c.Ephemerals = slices.DeleteFunc(c.Ephemerals, same)
	c.Messages = slices.DeleteFunc(c.Messages, same)
	if m.ThreadTS == "" {
		delete(c.threads, m.TS)
		return
	}
	c.threads[m.ThreadTS] = slices.DeleteFunc(c.threads[m.ThreadTS], same)
}

// index builds what a snapshot leaves out.
func (c *channel) index() {
	c.threads = map[string][]*message{}
	for _, m := range c.Messages {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			c.threads[m.ThreadTS] = append(c.threads[m.ThreadTS], m)
		}
	}
}

type file struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	Alt      string    `json:"alt,omitempty"`
	User     string    `json:"user"`
	Created  int64     `json:"created"` // Unix seconds
	Length   int       `json:"length"`  // bytes announced
	Type     string    `json:"type"`    // MIME
	Width    int       `json:"width,omitempty"`
	Height   int       `json:"height,omitempty"`
	Complete time.Time `json:"complete"` // zero until completed
	Channels []string  `json:"channels,omitempty"`

	ticket string // of the upload URL
	data   []byte
}

const (
	maxMessages  = 10_000    // in one channel
	maxPrivate   = 500       // ephemeral messages in one channel
	maxFiles     = 5_000     // in the workspace
	maxFileBytes = 16 << 20  // of one file
	maxAllBytes  = 256 << 20 // of all files
	maxBody      = 4 << 20   // of one API request
)

// Well-known ids, the same in every sandbox.
const (
	TeamID       = "T0000PARLEY"
	AppID        = "A0000PARLEY"
	BotID        = "B0000PARLEY"
	BotUser      = "U0000PARLEY"
	Operator     = "U00OPERATOR"
	Operator2    = "U0OPERATOR2"
	Viewer       = "U0000VIEWER"
	ChannelOps   = "C0000000OPS"
	ChannelCost  = "C000000COST"
	ChannelGen   = "C000GENERAL"
	GroupOps     = "S0000000OPS"
	teamName     = "Parley sandbox"
	teamDomain   = "parley-sandbox"
	verification = "sandbox-verification-token"
)

func people() []*user {
	return []*user{
		{ID: Operator, Name: "operator", Display: "operator", Email: "operator@parley.example", Title: "On call", Admin: true},
		{ID: Operator2, Name: "second.operator", Display: "second operator", Email: "second.operator@parley.example", Title: "On call, second"},
		{ID: Viewer, Name: "viewer", Display: "viewer", Email: "viewer@parley.example", Title: "Looks on"},
		{ID: "USLACKBOT", Name: "slackbot", Display: "Slackbot", Bot: true},
		{ID: BotUser, Name: "parley", Display: "Parley", Title: "Monitoring that talks", Bot: true},
	}
}

func groups() []*group {
	return []*group{{ID: GroupOps, Handle: "ops", Name: "Operators", Members: []string{Operator, Operator2}}}
}

func channels(now int64) []*channel {
	all := []string{Operator, Operator2, Viewer, BotUser}
	list := []*channel{
		{ID: ChannelOps, Name: "ops", Topic: "Incidents, with a button beside them", Purpose: "What is broken, and who is on it"},
		{ID: ChannelCost, Name: "cost", Topic: "What runs for nothing", Purpose: "Idle machines and money"},
		{ID: ChannelGen, Name: "general", Topic: "Everything else", Purpose: "The whole team"},
	}
	for _, c := range list {
		c.Members, c.Created = slices.Clone(all), now
		c.index()
	}
	return list
}
