package main

import (
	"context"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/pagetest"
)

// walkButtons uses everything on the message of an incident with few actions.
func (s *shop) walkButtons(t *testing.T, chromium context.Context, width int64, service string) {
	p := sit(t, chromium, s.base, "operator", "#ops", width, height(width))
	m := p.message(service)
	p.Until("document.querySelector(" + pagetest.JS(m+" .b-image img") + ").naturalWidth > 0")
	p.Click(m+" .b-header", "")
	p.look("incident")

	// Who is on it.
	p.Click(m+" .btn", "Acknowledge")
	p.Sees(m, "operator is on it")
	p.Click(m+" [data-action=more]", "")
	p.look("more menu")
	p.Click(".menu-item", "Nobody is on it any more")
	p.Until("!document.querySelector(" + pagetest.JS(m) + ").innerText.includes('is on it since')")
	p.Click(m+" [data-action=more]", "")
	p.Click(".menu-item", "Acknowledge with a comment")
	p.Sees("dialog.view", "What are you doing about it?")
	p.look("acknowledge")
	p.Write("dialog textarea, dialog input", "the cache again")
	p.Click("dialog .submit", "")
	p.Sees(m, "the cache again")
	p.Click(m+" [data-action=more]", "")
	p.Click(".menu-item", "Assign")
	p.Sees("dialog.view", "ssign")
	p.Click("dialog .select", "")
	p.look("assign")
	p.Click(".menu-item", "second operator")
	p.Click("dialog .submit", "")
	p.Sees(m, "assigned to")

	// Silence, by menu and by form.
	p.Click(m+" [data-action=silence]", "")
	p.look("silence menu")
	p.Click(".menu-item", "For 1 hour")
	p.Sees(m, "silenced until")
	p.Click(m+" [data-action=silence]", "")
	p.Click(".menu-item", "End the silence")
	p.Until("!document.querySelector(" + pagetest.JS(m) + ").innerText.includes('silenced until')")
	p.Click(m+" [data-action=silence]", "")
	p.Click(".menu-item", "Choose what and how long")
	p.Sees("dialog.view", "Would silence now: 1 incident")
	p.look("silence form")
	p.Click("dialog .box", "service")
	p.Until("!document.querySelector('dialog').innerText.includes('Would silence now: 1 incident')")
	p.Click("dialog .box", "service")
	p.Sees("dialog.view", "Would silence now: 1 incident")
	p.Click("dialog .dialog-foot .btn", "Cancel")
	p.Until("!document.querySelector('dialog')")

	// Was it worth it?
	p.Click(m+" [data-action=more]", "")
	p.Click(".menu-item", "Useful")
	p.Sees(m, "1 found it useful")
	p.Click(m+" [data-action=more]", "")
	p.Click(".menu-item", "Noise")
	p.Sees(m, "1 called it noise")

	// Why is it there?
	p.Click(m+" [data-action=more]", "")
	p.Click(".menu-item", "Why")
	p.Sees(".message.private", "orders.pending is 240")
	p.look("why")

	s.walkApproval(t, chromium, p, m, service)
	s.walkRemedy(p, m)
}

// walkApproval asks for what needs two people: rejected once, approved once.
func (s *shop) walkApproval(t *testing.T, chromium context.Context, p *person, m, service string) {
	p.Click(m+" .btn", "Move to the spare")
	p.Sees("dialog.confirm", "A second person (@ops) has to approve it")
	p.look("confirm with approval")
	p.Click("dialog .yes", "")
	p.Sees(m, "waits for a second person")
	p.Click(m+" .thread-link", "")
	p.Sees(reply, "may approve")
	p.look("approval asked")
	// Who asked may not approve.
	p.Click(reply+" .btn", "Approve")
	p.Click("dialog .yes", "")
	p.Sees(".message.private", "🚫")
	p.look("own approval refused")

	second := sit(t, chromium, s.base, "second.operator", "#ops", p.Width, height(p.Width))
	m2 := second.message(service)
	second.Click(m2+" .thread-link", "")
	second.Click(reply+" .btn", "Reject")
	second.Sees("dialog.view", "Why not?")
	second.look("reject")
	second.Write("dialog textarea, dialog input", "not during the sale")
	second.Click("dialog .submit", "")
	second.Sees(reply, "not during the sale")
	p.Sees(reply, "rejected by")
	if p.Width < 700 {
		p.Click("[aria-label='Close thread']", "")
	}
	p.Click(m+" .btn", "Move to the spare again")
	p.Click("dialog .yes", "")
	second.Sees(reply, "may approve")
	second.Click(reply+" .btn", "Approve")
	second.Sees("dialog.confirm", "Move "+service+" to the spare node")
	second.look("approve")
	second.Click("dialog .yes", "")
	second.Sees(reply, "approved by")
	second.look("approved")
	p.Sees(m, "Move to the spare: done")
}

// walkRemedy runs what helps, takes it back, and reads how it ends.
func (s *shop) walkRemedy(p *person, m string) {
	p.Click(m+" .btn", "Drain the queue")
	p.Sees("dialog.confirm", "Drain the queue of")
	p.look("confirm")
	p.Click("dialog .yes", "")
	p.Sees(m, "Drain the queue: done")
	p.Sees(m, "recovered in")
	p.Sees(m+" .b-header", "✅")
	p.look("resolved")
	p.Click(m+" .btn", "Useful")
	p.Sees(m, "1 found it useful")
	p.Until("document.querySelector('.thread:not([hidden])') || (document.querySelector(" + pagetest.JS(m+" .thread-link") + ").click(), true)")
	p.Sees(reply, "can be undone until")
	p.look("thread at the end")
	p.Click(reply+" .btn", "Undo: stop draining again")
	p.Sees("dialog.confirm", "Undo")
	p.look("undo")
	p.Click("dialog .yes", "")
	p.Sees(reply, "Stop draining")
}

// walkForms uses the message of an incident with many actions: what is asked for
// by form, and the menu that then has the rest.
func (s *shop) walkForms(t *testing.T, chromium context.Context, width int64, service string) {
	p := sit(t, chromium, s.base, "operator", "#ops", width, height(width))
	m := p.message(service)
	p.Click(m+" .b-header", "")
	p.look("incident with many actions")
	p.Click(m+" .btn", "Add workers")
	p.Sees("dialog.view", "Run 2 workers of "+service+", slowly")
	p.Write("dialog [data-action=count]", "12")
	p.Click("dialog .submit", "")
	p.Sees("dialog .b-error", "It is 9 at most")
	p.look("form wrong")
	p.Write("dialog [data-action=count]", "5")
	p.Sees("dialog.view form", "▸ Run 5 workers of "+service+", slowly")
	p.look("form")
	p.Click("dialog .submit", "")
	p.Until("!document.querySelector('dialog')")
	p.Sees(m, "Add workers: done")
	p.Click(m+" [data-action=more]", "")
	p.Click(".menu-item", "Silence …")
	p.Sees("dialog.view", "Would silence now")
	p.Click("dialog .submit", "")
	p.Sees(m, "silenced until")
	p.look("silenced")
	s.walkHome(p)
}

// walkHome opens the app's home tab, if Parley publishes one.
func (s *shop) walkHome(p *person) {
	p.Do(toPath("#home"))
	p.Until("document.querySelector('.home') && !document.querySelector('.home .waits')")
	p.look("home")
}
