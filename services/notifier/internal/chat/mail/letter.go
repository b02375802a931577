package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

const (
	maxSubject = 180
	maxText    = 60_000
	// maxPicture bounds a chart in a mail.
	maxPicture = 4 << 20
)

// letter is a mail before it is written.
type letter struct {
	from    *mail.Address
	to      []*mail.Address
	subject string
	// id is its Message-ID, thread that of the incident's first mail.
	id, thread string
	at         time.Time
	urgent     bool
	text, html string
	cid        string
	png        []byte
}

// letter returns the mail that tells t.
func (b *Backend) letter(t chat.Told, to []*mail.Address) letter {
	domain := "parley.invalid"
	if _, d, ok := strings.Cut(b.places.from.Address, "@"); ok {
		domain = d
	}
	root := "<" + hash(b.name, t.ChannelID, t.Key.Incident) + "@" + domain + ">"
	l := letter{from: b.places.from, to: to, at: time.Now(), thread: root, id: "<" + hash(b.name, t.ChannelID, t.ID) + "@" + domain + ">"}
	first := b.subject(root, plain.Summary(t.Content, maxSubject))
	l.subject = "Re: " + first
	if t.Event == chat.Opened || t.Event == chat.Noted && t.Key.Part == record.RootPart {
		// The first mail of a thread has the thread's own id, so that all others
		// refer to one that exists.
		l.id, l.thread, l.subject = root, "", first
	}
	if t.Content.About != nil {
		l.urgent = t.Event == chat.Opened && t.Content.About.Severity == "critical"
	}
	l.cid = hash(l.id, "picture") + "@" + domain
	l.png = picture(t.Content)
	l.text = text(t.Content)
	l.html = page(t.Content, l.cid, l.png != nil)
	return l
}

// text is the summary and then the whole, for readers without HTML.
func text(c chat.Content) string {
	body := plain.Text(c, maxText)
	if s := plain.Summary(c, 1000); !strings.HasPrefix(body, s) {
		body = s + "\n\n" + body
	}
	return body
}

func picture(c chat.Content) []byte {
	for _, p := range c.Parts {
		if i, ok := p.(chat.Image); ok && len(i.PNG) > 0 && len(i.PNG) <= maxPicture {
			return i.PNG
		}
	}
	return nil
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// write returns the mail as it is sent.
func write(l letter) ([]byte, error) {
	var out bytes.Buffer
	head := func(name, value string) { fmt.Fprintf(&out, "%s: %s\r\n", name, value) }
	head("From", l.from.String())
	head("To", recipients(l.to))
	subject := mime.QEncoding.Encode("utf-8", plain.Cut(strings.TrimSpace(plain.Clean(l.subject)), maxSubject+4))
	head("Subject", strings.ReplaceAll(subject, "?= =?", "?=\r\n =?")) // a word a line
	head("Date", l.at.Format(time.RFC1123Z))
	head("Message-ID", l.id)
	if l.thread != "" {
		head("In-Reply-To", l.thread)
		head("References", l.thread)
	}
	head("Auto-Submitted", "auto-generated")
	head("X-Auto-Response-Suppress", "All")
	if l.urgent {
		head("Importance", "high")
	}
	head("MIME-Version", "1.0")

	var body bytes.Buffer
	related := multipart.NewWriter(&body)
	// The boundaries are made of the id: the same mail is the same bytes.
	if err := related.SetBoundary(hash(l.id, "related")); err != nil {
		return nil, err
	}
	head("Content-Type", mime.FormatMediaType("multipart/related", map[string]string{"boundary": related.Boundary(), "type": "multipart/alternative"}))
	out.WriteString("\r\n")

	var both bytes.Buffer
	alternative := multipart.NewWriter(&both)
	if err := alternative.SetBoundary(hash(l.id, "alternative")); err != nil {
		return nil, err
	}
	for _, p := range [][2]string{{"text/plain; charset=utf-8", l.text}, {"text/html; charset=utf-8", l.html}} {
		w, err := alternative.CreatePart(textproto.MIMEHeader{"Content-Type": {p[0]}, "Content-Transfer-Encoding": {"quoted-printable"}})
		if err != nil {
			return nil, err
		}
		q := quotedprintable.NewWriter(w)
		_, _ = q.Write([]byte(p[1]))
		if err := q.Close(); err != nil {
			return nil, err
		}
	}
	_ = alternative.Close()
	w, err := related.CreatePart(textproto.MIMEHeader{"Content-Type": {"multipart/alternative; boundary=" + alternative.Boundary()}})
	if err != nil {
		return nil, err
	}
	_, _ = w.Write(both.Bytes())
	if l.png != nil {
		w, err := related.CreatePart(textproto.MIMEHeader{"Content-Type": {`image/png; name="chart.png"`}, "Content-Transfer-Encoding": {"base64"},
			"Content-Id": {"<" + l.cid + ">"}, "Content-Disposition": {`inline; filename="chart.png"`}})
		if err != nil {
			return nil, err
		}
		encoded := base64.StdEncoding.EncodeToString(l.png)
		for len(encoded) > 0 {
			n := min(76, len(encoded))
			_, _ = w.Write([]byte(encoded[:n] + "\r\n"))
			encoded = encoded[n:]
		}
	}
	_ = related.Close()
	out.Write(body.Bytes())
	return out.Bytes(), nil
}

// recipients is a header of addresses, one a line.
func recipients(to []*mail.Address) string {
	var list []string
	for _, a := range to {
		list = append(list, a.String())
	}
	return strings.Join(list, ",\r\n ")
}
