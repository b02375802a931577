package discord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/markdown"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// What Discord takes, in characters: discord.com/developers/docs/resources/message.
const (
	mostContent     = 2000
	mostTitle       = 256
	mostDescription = 4096
	mostButton      = 80
	mostPicture     = 8 << 20 // bytes
)

const pictureName = "chart.png"

type message struct {
	Username        string          `json:"username,omitempty"`
	Content         string          `json:"content"`
	Embeds          []embed         `json:"embeds"`
	AllowedMentions allowedMentions `json:"allowed_mentions"`
	Components      []row           `json:"components"`
	Attachments     *[]attachment   `json:"attachments,omitempty"`
}

type allowedMentions struct {
	Parse []string `json:"parse"`
}

type embed struct {
	Title       string    `json:"title,omitempty"`
	Description string    `json:"description,omitempty"`
	Color       int       `json:"color,omitempty"`
	Image       *imageURL `json:"image,omitempty"`
}

type imageURL struct {
	URL string `json:"url"`
}

type row struct {
	Type       int      `json:"type"` // 1: a row of buttons
	Components []button `json:"components"`
}

type button struct {
	Type  int    `json:"type"`  // 2: a button
	Style int    `json:"style"` // 5: that opens a page
	Label string `json:"label"`
	URL   string `json:"url"`
}

type attachment struct {
	ID          int    `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

var style = markdown.Style{
	Time:   func(t time.Time) string { return fmt.Sprintf("<t:%d:f>", t.Unix()) },
	Person: func(string) string { return "" }, // people of other chats
}

// write returns the message of content, and its picture if it has one. shows
// is whether the message shows that picture already.
func write(c chat.Content, username string, shows func(file string) bool) (message, *chat.Image) {
	m := message{Username: username, Content: plain.Cut(markdown.Escape(plain.Summary(c, 300)), mostContent), AllowedMentions: allowedMentions{Parse: []string{}}, Components: []row{}}
	e := embed{Title: plain.Cut(plain.Clean(c.Title), mostTitle), Description: markdown.Text(c, style, mostDescription), Color: colour(c.About)}
	var picture *chat.Image
	for _, p := range c.Parts {
		i, ok := p.(chat.Image)
		if !ok {
			continue
		}
		if old := shows(i.File); old || len(i.PNG) > 0 && len(i.PNG) <= mostPicture {
			e.Image = &imageURL{"attachment://" + pictureName}
			if !old {
				picture = &i
				m.Attachments = &[]attachment{{ID: 0, Filename: pictureName, Description: plain.Cut(plain.Clean(i.Alt), 1024)}}
			}
		}
		break
	}
	if e != (embed{Color: e.Color}) {
		m.Embeds = []embed{e}
	} else {
		m.Embeds = []embed{}
	}
	var buttons []button
	for _, l := range plain.Links(c, 5) {
		buttons = append(buttons, button{Type: 2, Style: 5, Label: plain.Cut(l.Text, mostButton), URL: l.URL})
	}
	if len(buttons) > 0 {
		m.Components = []row{{1, buttons}}
	}
	return m, picture
}

func colour(a *chat.About) int {
	switch {
	case a == nil:
		return 0
	case a.State == chat.Resolved:
		return 0x2E9E5B
	case a.Severity == "critical":
		return 0xD93025
	case a.Severity == "warning":
		return 0xE8871E
	}
	return 0x3B7DD8
}

// body returns the request's body: JSON, or multipart with the picture.
func body(m message, picture *chat.Image) (contentType string, data []byte, err error) {
	data, err = json.Marshal(m)
	if err != nil || picture == nil {
		return "application/json", data, err
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part := func(name, file, kind string, data []byte) error {
		h := textproto.MIMEHeader{"Content-Type": {kind}, "Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, name)}}
		if file != "" {
			h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, name, file))
		}
		p, err := w.CreatePart(h)
		if err == nil {
			_, err = p.Write(data)
		}
		return err
	}
	if err = part("payload_json", "", "application/json", data); err == nil {
		err = part("files[0]", pictureName, "image/png", picture.PNG)
	}
	if err == nil {
		err = w.Close()
	}
	return w.FormDataContentType(), b.Bytes(), err
}
