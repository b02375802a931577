package main

import (
	"context"
	"testing"
)

// walkButtons uses everything on the message of an incident with few actions.
func (s *shop) walkButtons(t *testing.T, chromium context.Context, width int64, service string) {
	p := sit(t, chromium, s.base, "operator", "#ops", width, height(width))
	m := p.message(service)
	p.until("document.querySelector(" + js(m+" .b-image img") + ").naturalWidth > 0")
	p.click(m+" .b-header", "")
	p.look("incident")

	// Who is on it.
	p.click(m+" .btn", "Acknowledge")
	p.sees(m, "operator is on it")
	p.click(m+" [data-action=more]", "")
	p.look("more menu")
	p.click(".menu-item", "Nobody is on it any more")
	p.until("!document.querySelector(" + js(m) + ").innerText.includes('is on it since')")
	p.click(m+" [data-action=more]", "")
	p.click(".menu-item", "Acknowledge with a comment")
	p.sees("dialog.view", "What are you doing about it?")
	p.look("acknowledge")
	p.write("dialog textarea, dialog input", "the cache again")
	p.click("dialog .submit", "")
	p.sees(m, "the cache again")
	p.click(m+" [data-action=more]", "")
	p.click(".menu-item", "Assign")
	p.sees("dialog.view", "ssign")
	p.click("dialog .select", "")
	p.look("assign")
	p.click(".menu-item", "second operator")
	p.click("dialog .submit", "")
	p.sees(m, "assigned to")

	// Silence, by menu and by form.
	p.click(m+" [data-action=silence]", "")
	p.look("silence menu")
	p.click(".menu-item", "For 1 hour")
	p.sees(m, "silenced until")
	p.click(m+" [data-action=silence]", "")
	p.click(".menu-item", "End the silence")
	p.until("!document.querySelector(" + js(m) + ").innerText.includes('silenced until')")
	p.click(m+" [data-action=silence]", "")
	p.click(".menu-item", "Choose what and how long")
	p.sees("dialog.view", "Would silence now: 1 incident")
	p.look("silence form")
	p.click("dialog .box", "service")
	p.until("!document.querySelector('dialog').innerText.includes('Would silence now: 1 incident')")
	p.click("dialog .box", "service")
	p.sees("dialog.view", "Would silence now: 1 incident")
	p.click("dialog .dialog-foot .btn", "Cancel")
	p.until("!document.querySelector('dialog')")

	// Was it worth it?
	p.click(m+" [data-action=more]", "")
	p.click(".menu-item", "Useful")
	p.sees(m, "1 found it useful")
	p.click(m+" [data-action=more]", "")
	p.click(".menu-item", "Noise")
	p.sees(m, "1 called it noise")

	// Why is it there?
	p.click(m+" [data-action=more]", "")
	p.click(".menu-item", "Why")
	p.sees(".message.private", "orders.pending is 240")
	p.look("why")

	s.walkApproval(t, chromium, p, m, service)
	s.walkRemedy(p, m)
}

// walkApproval asks for what needs two people: rejected once, approved once.
func (s *shop) walkApproval(t *testing.T, chromium context.Context, p *person, m, service string) {
	p.click(m+" .btn", "Move to the spare")
	p.sees("dialog.confirm", "A second person (@ops) has to approve it")
	p.look("confirm with approval")
	p.click("dialog .yes", "")
	p.sees(m, "waits for a second person")
	p.click(m+" .thread-link", "")
	p.sees(reply, "may approve")
	p.look("approval asked")
	// Who asked may not approve.
	p.click(reply+" .btn", "Approve")
	p.click("dialog .yes", "")
	p.sees(".message.private", "🚫")
	p.look("own approval refused")

	second := sit(t, chromium, s.base, "second.operator", "#ops", p.width, height(p.width))
	m2 := second.message(service)
	second.click(m2+" .thread-link", "")
	second.click(reply+" .btn", "Reject")
	second.sees("dialog.view", "Why not?")
	second.look("reject")
	second.write("dialog textarea, dialog input", "not during the sale")
	second.click("dialog .submit", "")
	second.sees(reply, "not during the sale")
	p.sees(reply, "rejected by")
	if p.width < 700 {
		p.click("[aria-label='Close thread']", "")
	}
	p.click(m+" .btn", "Move to the spare again")
	p.click("dialog .yes", "")
	second.sees(reply, "may approve")
	second.click(reply+" .btn", "Approve")
	second.sees("dialog.confirm", "Move "+service+" to the spare node")
	second.look("approve")
	second.click("dialog .yes", "")
	second.sees(reply, "approved by")
	second.look("approved")
	p.sees(m, "Move to the spare: done")
}

// walkRemedy runs what helps, takes it back, and reads how it ends.
func (s *shop) walkRemedy(p *person, m string) {
	p.click(m+" .btn", "Drain the queue")
	p.sees("dialog.confirm", "Drain the queue of")
	p.look("confirm")
	p.click("dialog .yes", "")
	p.sees(m, "Drain the queue: done")
	p.sees(m, "recovered in")
	p.sees(m+" .b-header", "✅")
	p.look("resolved")
	p.click(m+" .btn", "Useful")
	p.sees(m, "1 found it useful")
	p.until("document.querySelector('.thread:not([hidden])') || (document.querySelector(" + js(m+" .thread-link") + ").click(), true)")
	p.sees(reply, "can be undone until")
	p.look("thread at the end")
	p.click(reply+" .btn", "Undo: stop draining again")
	p.sees("dialog.confirm", "Undo")
	p.look("undo")
	p.click("dialog .yes", "")
	p.sees(reply, "Stop draining")
}

// walkForms uses the message of an incident with many actions: what is asked for
// by form, and the menu that then has the rest.
func (s *shop) walkForms(t *testing.T, chromium context.Context, width int64, service string) {
	p := sit(t, chromium, s.base, "operator", "#ops", width, height(width))
	m := p.message(service)
	p.click(m+" .b-header", "")
	p.look("incident with many actions")
	p.click(m+" .btn", "Add workers")
	p.sees("dialog.view", "Run 2 workers of "+service+", slowly")
	p.write("dialog [data-action=count]", "12")
	p.click("dialog .submit", "")
	p.sees("dialog .b-error", "It is 9 at most")
	p.look("form wrong")
	p.write("dialog [data-action=count]", "5")
	p.sees("dialog.view form", "▸ Run 5 workers of "+service+", slowly")
	p.look("form")
	p.click("dialog .submit", "")
	p.until("!document.querySelector('dialog')")
	p.sees(m, "Add workers: done")
	p.click(m+" [data-action=more]", "")
	p.click(".menu-item", "Silence …")
	p.sees("dialog.view", "Would silence now")
	p.click("dialog .submit", "")
	p.sees(m, "silenced until")
	p.look("silenced")
	s.walkHome(p)
}

// walkHome opens the app's home tab, if Parley publishes one.
func (s *shop) walkHome(p *person) {
	p.do(toPath("#home"))
	p.until("document.querySelector('.home') && !document.querySelector('.home .waits')")
	p.look("home")
}
