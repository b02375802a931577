package mail

import (
	"fmt"
	"html"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// page returns content as HTML of the kind that mail readers show: no style
// sheet, no script, nothing fetched from anywhere. It is cut before maxText
// between parts.
func page(c chat.Content, cid string, hasPicture bool) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>` +
		`<body style="margin:0;padding:16px;font:14px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">`)
	// What lists of mails show beside the subject.
	fmt.Fprintf(&b, `<div style="display:none">%s</div>`, esc(plain.Summary(c, 200)))
	fmt.Fprintf(&b, `<h2 style="margin:0 0 12px;font-size:18px;border-left:4px solid %s;padding-left:10px">%s</h2>`, colour(c.About),
		esc(plain.Cut(strings.TrimSpace(plain.Clean(plain.Or(c.Title, c.Text, "(no text)"))), 500)))
	for _, p := range c.Parts {
		part := htmlPart(p, cid, hasPicture)
		if b.Len()+len(part) > maxText {
			b.WriteString("<p>…</p>")
			break
		}
		b.WriteString(part)
	}
	b.WriteString("</body></html>\r\n")
	return b.String()
}

// colour is that of the severity, green once resolved.
func colour(a *chat.About) string {
	switch {
	case a == nil:
		return "#8a94a6"
	case a.State == chat.Resolved:
		return "#2f9e5b"
	case a.Severity == "critical":
		return "#d7263d"
	case a.Severity == "warning":
		return "#e08a00"
	}
	return "#2f6fde"
}

func htmlPart(p chat.Part, cid string, hasPicture bool) string {
	switch p := p.(type) {
	case chat.Lines:
		return `<p style="margin:0 0 12px">` + htmlLines(p) + "</p>\r\n"
	case chat.Note:
		return `<p style="margin:0 0 12px;font-size:12px;color:#707a8a">` + htmlLines(p) + "</p>\r\n"
	case chat.Table:
		return `<pre style="font:12px/1.4 ui-monospace,Consolas,monospace">` + lines(plain.Table(p)) + "</pre>\r\n"
	case chat.Image:
		alt := esc(plain.Cut(plain.Clean(plain.Or(p.Alt, p.Title, "chart")), 1000))
		if !hasPicture || len(p.PNG) == 0 {
			return ""
		}
		return fmt.Sprintf(`<p><img src="cid:%s" alt="%s" style="max-width:100%%;height:auto"></p>`+"\r\n", cid, alt)
	case chat.Buttons:
		var b strings.Builder
		for _, l := range plain.Links(chat.Content{Parts: []chat.Part{p}}, 10) {
			fmt.Fprintf(&b, `<a href="%s" style="display:inline-block;padding:6px 12px;margin:0 8px 8px 0;border:1px solid #8a94a6;border-radius:4px;text-decoration:none">%s</a>`, html.EscapeString(l.URL), esc(l.Text))
		}
		return b.String() + "\r\n"
	}
	return ""
}

func htmlLines(lines []chat.Line) string {
	var out []string
	for _, l := range lines[:min(len(lines), 100)] {
		var b strings.Builder
		for _, s := range l {
			b.WriteString(span(s))
		}
		out = append(out, b.String())
	}
	return strings.Join(out, "<br>\r\n")
}

func span(s chat.Span) string {
	t := esc(plain.Cut(plain.Clean(s.Text), 1000))
	switch s.Kind {
	case chat.Strong, chat.Person:
		return "<b>" + t + "</b>"
	case chat.Code:
		return `<code style="font:12px ui-monospace,Consolas,monospace">` + t + "</code>"
	case chat.Time:
		return esc(plain.Span(s))
	case chat.Link:
		if plain.SafeURL(s.URL) {
			return `<a href="` + html.EscapeString(s.URL) + `">` + t + "</a>"
		}
	}
	return t
}

// esc escapes one line, lines several.
func esc(s string) string { return html.EscapeString(plain.Clean(s)) }

func lines(s string) string { return strings.ReplaceAll(html.EscapeString(s), "\n", "\r\n") }
