package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/parley-ops/parley/services/sandbox/pagetest"
)

// step is a command typed, and what its answer says. ID, SERVICE and what keep
// read before are filled in.
type step struct {
	typed string
	sees  string
	// keep remembers of the answer what the first group finds.
	keep map[string]string
}

// commandPath is how a person uses a command, and how they get it wrong.
type commandPath struct {
	right []step
	wrong step
}

// commandPaths are of every command; one that help lists and that is not here
// fails the test. What is here and not in help is left out.
func commandPaths() map[string]commandPath {
	return map[string]commandPath{
		"status":    {[]step{{typed: "status", sees: "open incidents"}}, step{typed: "staus", sees: "Did you mean \"status\""}},
		"incidents": {[]step{{typed: "incidents", sees: "wait on SERVICE"}}, step{typed: "incidents yesterday", sees: "Write: /parley incidents"}},
		"why":       {[]step{{typed: "why ID", sees: "orders.pending is 240"}}, step{typed: "why", sees: "Write: /parley why"}},
		"whynot":    {[]step{{typed: "whynot orders-waiting nobody", sees: "nobody"}}, step{typed: "whynot orders-wating", sees: "orders-waiting"}},
		"ack":       {[]step{{typed: "ack ID looking at it", sees: "You are on it"}}, step{typed: "ack ffffffff", sees: "/parley incidents lists them"}},
		"unack":     {[]step{{typed: "unack ID", sees: "Nobody is on it any more"}}, step{typed: "unack", sees: "Write: /parley unack"}},
		"assign":    {[]step{{typed: "assign ID me", sees: "Assigned to operator"}}, step{typed: "assign ID", sees: "Write: /parley assign"}},
		"feedback":  {[]step{{typed: "feedback ID useful", sees: "Noted: useful"}}, step{typed: "feedback ID perhaps", sees: "Write: /parley feedback"}},
		"silence": {[]step{{typed: "silence service=SERVICE 1h a deploy", sees: "Silenced", keep: map[string]string{"SILENCE": `unsilence (\S+)`}}},
			step{typed: "silence ID soon", sees: "is no length of time: write 30m, 4h, 2d or 1w"}},
		"silences":  {[]step{{typed: "silences", sees: "SILENCE"}}, step{typed: "silences all", sees: "Nothing stands after silences"}},
		"unsilence": {[]step{{typed: "unsilence SILENCE", sees: "The silence has ended"}}, step{typed: "unsilence", sees: "Write: /parley unsilence"}},
		"actions":   {[]step{{typed: "actions", sees: "Drain the queue"}}, step{typed: "actions now", sees: "Nothing stands after actions"}},
		"run":       {[]step{{typed: "run move ID", sees: "Asked for move"}}, step{typed: "run mvoe ID", sees: "move"}},
		"approvals": {[]step{{typed: "approvals", sees: "Move to the spare", keep: map[string]string{"RUN": `run ([0-9a-f]{6,})|\b([0-9a-f]{8})\b`}}}, step{typed: "aprovals", sees: "Did you mean \"approvals\""}},
		"reject":    {[]step{{typed: "reject RUN not now", sees: "You said no to Move to the spare"}}, step{typed: "reject", sees: "Write: /parley reject"}},
		"idle":      {[]step{{typed: "idle", sees: ""}}, step{typed: "idle things", sees: "Nothing stands after idle"}},
		"cost":      {[]step{{typed: "cost", sees: ""}}, step{typed: "cost much", sees: "Nothing stands after cost"}},
		"freeze":    {[]step{{typed: "freeze 111122223333 a test", sees: "Asked that no action begins"}}, step{typed: "freez", sees: "Did you mean \"freeze\""}},
		"thaw":      {[]step{{typed: "thaw 111122223333", sees: "It takes the word of two people"}}, step{typed: "thew", sees: "Did you mean \"thaw\""}},
		"proposals": {[]step{{typed: "proposals", sees: "No policy is noisy enough to change"}}, step{typed: "proposals now", sees: "Nothing stands after proposals"}},
		"schedules": {[]step{{typed: "schedules", sees: "no action begins in account 111122223333"}}, step{typed: "schedules now", sees: "Nothing stands after schedules"}},
		"route": {[]step{{typed: "route show", sees: "Who is told of what"}, {typed: "route test team=demo severity=critical", sees: "#"}},
			step{typed: "route", sees: "Write: /parley route"}},
		"subscribe": {[]step{{typed: "subscribe service=nobody me", sees: "are told to", keep: map[string]string{"SUBSCRIPTION": `unsubscribe (\S+)`}}},
			step{typed: "subscribe everything", sees: "is no label"}},
		"unsubscribe": {[]step{{typed: "unsubscribe SUBSCRIPTION", sees: "hear of that any more"}}, step{typed: "unsubscribe", sees: "Write: /parley unsubscribe"}},
		"oncall":      {[]step{{typed: "oncall", sees: "on call"}}, step{typed: "oncall override me", sees: "Write: /parley oncall"}},
		"query":       {[]step{{typed: "query orders.pending service=SERVICE", sees: "last 1 h"}}, step{typed: "query", sees: "Write: /parley query"}},
		"graph":       {[]step{{typed: "graph orders.pending service=SERVICE 1h", sees: "orders.pending"}}, step{typed: "graph orders.pending soon", sees: "is no length of time"}},
		"top":         {[]step{{typed: "top orders.pending by service", sees: "the highest now"}}, step{typed: "top", sees: "Write: /parley top"}},
		"policy": {[]step{{typed: "policy show orders-waiting", sees: "orders-waiting"}, {typed: "policy replay orders-waiting 1h", sees: "Replaying the policy orders-waiting"}},
			step{typed: "policy destroy orders-waiting", sees: "is not one of show, test, replay and mute"}},
		"maintenance": {[]step{{typed: "maintenance list", sees: ""}}, step{typed: "maintenence", sees: "Did you mean \"maintenance\""}},
		"home":        {[]step{{typed: "home", sees: ""}}, step{typed: "hoem", sees: "Did you mean \"home\""}},
		"help":        {[]step{{typed: "help silence", sees: "/parley silence"}, {typed: "help share", sees: ""}}, step{typed: "hlep", sees: "Did you mean \"help\""}},
		"undo":        {[]step{{typed: "run drain ID", sees: "Asked for drain"}, {typed: "undo DRAINED", sees: "Asked to undo Drain the queue"}}, step{typed: "undo", sees: "Write: /parley undo"}},
		"resolve":     {[]step{{typed: "resolve AGAIN done by hand", sees: "Ending it"}}, step{typed: "resolve", sees: "Write: /parley resolve"}},
	}
}

// last are the commands after which an incident is not as it was.
var last = []string{"undo", "resolve"}

// walkCommands types every command that help lists, right and wrong.
func (s *shop) walkCommands(t *testing.T, chromium context.Context, width int64, service, id string) {
	p := sit(t, chromium, s.base, "operator", "#ops", width, height(width))
	p.message(service)
	p.Sees(p.command("help"), "What /parley can do")
	p.look("help")
	names, err := chromedp.Run(p.Tab, chromedp.Evaluate[[]string](`(() => {
		const m = [...document.querySelectorAll('#main .message.private')].at(-1);
		return [...new Set([...m.querySelectorAll('.b-text code')].map(e => e.innerText.split(' ')[0]).filter(w => !w.startsWith('/')))];
	})()`))
	if err != nil || len(names) < 20 {
		t.Fatalf("help lists these commands: %q (%v)", names, err)
	}
	slices.SortStableFunc(names, func(a, b string) int { return slices.Index(last, a) - slices.Index(last, b) })
	paths, known := commandPaths(), map[string]string{"ID": id, "SERVICE": service}
	for _, name := range names {
		path, ok := paths[name]
		if !ok {
			t.Errorf("/parley %s is in help and has no path: write it into commandPaths", name)
			continue
		}
		for _, now := range append(path.right, path.wrong) {
			if strings.Contains(now.typed, "DRAINED") {
				known["DRAINED"] = s.drained(service)
			}
			if strings.Contains(now.typed, "AGAIN") {
				known["AGAIN"] = s.again(service)
			}
			p.step(now, known)
		}
	}
}

// step types a command and reads its answer.
func (p *person) step(now step, known map[string]string) {
	p.Helper()
	var pairs []string
	for name, value := range known {
		pairs = append(pairs, name, value)
	}
	fill := strings.NewReplacer(pairs...)
	got := p.command(fill.Replace(now.typed))
	p.Sees(got, fill.Replace(now.sees))
	name, _, _ := strings.Cut(now.typed, " ")
	p.look("command " + name)
	if len(now.keep) == 0 {
		return
	}
	text, err := chromedp.Run(p.Tab, chromedp.Evaluate[string](fmt.Sprintf("[...document.querySelectorAll(%s)].map(e => e.innerText).join('\\n')", pagetest.JS(got))))
	if err != nil {
		p.Fatal(err)
	}
	for word, pattern := range now.keep {
		found := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if found == nil {
			p.Fatalf("/parley %s: no %s in %q", now.typed, word, text)
		}
		known[word] = strings.Join(found[1:], "")
	}
}

// drained waits until a service's queue has been drained, and returns the run.
func (s *shop) drained(service string) string {
	s.t.Helper()
	done := regexp.MustCompile(`Drain the queue.*?done.*?run .{0,2}([0-9a-f]{8})`)
	return eventually(s.t, time.Minute, "the queue of "+service+" is drained", func() (string, bool) {
		for _, m := range s.history("#ops") {
			if !strings.Contains(m.Text, "wait on "+service) {
				continue
			}
			for _, r := range s.replies("#ops", m.TS) {
				if found := done.FindStringSubmatch(r.everything()); found != nil && r.TS != m.TS {
					return found[1], true
				}
			}
		}
		return "", false
	})
}

// again waits for the incident about a service that is open now, and returns its
// short id.
func (s *shop) again(service string) string {
	s.t.Helper()
	return eventually(s.t, time.Minute, "an open incident about "+service, func() (string, bool) {
		ms := s.history("#ops")
		slices.SortFunc(ms, func(a, b message) int { return strings.Compare(b.TS, a.TS) })
		for _, m := range ms {
			if _, open := m.button("Move to the spare"); open && strings.Contains(m.Text, "wait on "+service) {
				_, id, _ := strings.Cut(m.everything(), "incident `")
				return id[:min(8, len(id))], len(id) > 8
			}
		}
		return "", false
	})
}
