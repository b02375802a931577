// Package markdown says content in Markdown as Discord and Mattermost read it.
//
//	markdown.Text(content, markdown.Style{Time: …}, 4096)
//
// # Guarantees
//
// Data never becomes markup, a mention, an emoji or a link: every sign that
// could is escaped, and a web address in data is not made a link. Only whole
// lines are left out of what is too long, so that nothing stays open.
package markdown
