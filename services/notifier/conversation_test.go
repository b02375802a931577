package notifier

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// view is what a person does in a form, as Slack's HTTP mode tells of it: sends
// it, or with an action uses one of its live fields. It returns the answer.
func (l *life) view(w *world, user, action string, values map[string]any) string {
	form := w.slack.Form()
	state := map[string]any{}
	for id, v := range values {
		state[id] = map[string]any{id: v}
	}
	kind := "view_submission"
	var actions []any
	if action != "" {
		kind = "block_actions"
		a := map[string]any{"action_id": action, "block_id": action, "action_ts": strconv.FormatInt(time.Now().UnixNano(), 10)}
		for k, v := range values[action].(map[string]any) {
			a[k] = v
		}
		actions = []any{a}
	}
	payload, _ := json.Marshal(map[string]any{"type": kind, "team": map[string]any{"id": "T1"}, "trigger_id": "1", "actions": actions,
		"user": map[string]any{"id": user, "username": strings.ToLower(user), "name": strings.ToLower(user)}, "container": map[string]any{"type": "view", "view_id": "V1"},
		"view": map[string]any{"id": "V1", "type": "modal", "hash": strconv.FormatInt(time.Now().UnixNano(), 10), "callback_id": form["callback_id"],
			"private_metadata": form["private_metadata"], "state": map[string]any{"values": state}}})
	time.Sleep(time.Second)
	return l.body("/slack/interactions", url.Values{"payload": {string(payload)}}.Encode())
}

func word(s string) map[string]any { return map[string]any{"type": "plain_text_input", "value": s} }
func person(s string) map[string]any {
	return map[string]any{"type": "users_select", "selected_user": s}
}
func choice(s string) map[string]any {
	return map[string]any{"type": "static_select", "selected_option": map[string]any{"value": s}}
}
func boxes(list ...string) map[string]any {
	all := []any{}
	for _, s := range list {
		all = append(all, map[string]any{"value": s})
	}
	return map[string]any{"type": "checkboxes", "selected_options": all}
}

// formShows reports whether the newest form has this text anywhere.
func (w *world) formShows(text string) bool {
	data, _ := json.Marshal(w.slack.Form())
	return strings.Contains(string(data), text)
}

// thread returns what the thread of a message says.
func (w *world) thread(m chattest.Message) string {
	var out []string
	for _, r := range w.slack.Thread(m.TS) {
		for _, b := range r.Blocks {
			if o, ok := b["text"].(map[string]any); ok {
				out = append(out, o["text"].(string))
			}
		}
	}
	return strings.Join(out, "\n")
}

func TestAssigningInTheChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		w.publish(incident("inc1", 1))
		time.Sleep(2 * time.Second)
		click := func(user, choice string) {
			t.Helper()
			l.click(user, ops, w.one(ops).TS, message.MoreMenu, "inc1."+choice, 1)
			time.Sleep(2 * time.Second)
		}
		sees := func(ok bool, texts ...string) {
			t.Helper()
			for _, text := range texts {
				if m := w.one(ops); shows(m, text) != ok {
					t.Errorf("%q is there: %v\n%v", text, !ok, m.Blocks)
				}
			}
		}
		click("UOPERATOR", message.MoreAssign)
		if got := l.view(w, "UOPERATOR", "", map[string]any{"comment": word("x")}); !strings.Contains(got, `"who":"Choose a person."`) {
			t.Errorf("nobody was chosen: %q", got)
		}
		if got := l.view(w, "UOPERATOR", "", map[string]any{"who": person("USECOND"), "comment": word("your *heap*")}); got != "" {
			t.Errorf("answered %q", got)
		}
		time.Sleep(5 * time.Second)
		sees(true, "👤 assigned to <@USECOND> by <@UOPERATOR>", `"acknowledge"`)
		if got := w.thread(w.one(ops)); !strings.Contains(got, "<@UOPERATOR> assigned it to <@USECOND>: your ∗heap∗") {
			t.Errorf("thread: %s", got)
		}
		// Who takes it is on it, and what they do about it can be said.
		click("USECOND", message.MoreComment)
		l.view(w, "USECOND", "", map[string]any{"comment": word("looking")})
		time.Sleep(2 * time.Second)
		sees(true, "<@USECOND> is on it", ": looking")
		sees(false, "assigned to", `"acknowledge"`)
		click("UOPERATOR", message.MoreUnack)
		sees(true, "assigned to <@USECOND>", `"acknowledge"`)
		// By command, also by name; and back.
		for text, want := range map[string]string{"assign inc1 me": "<@UOPERATOR> is on it", "assign inc1 @uviewer now": "assigned to <@UVIEWER>", "unack inc1": `"acknowledge"`} {
			if text == "unack inc1" {
				continue
			}
			l.command("UOPERATOR", text)
			time.Sleep(2 * time.Second)
			if strings.Contains(text, "uviewer") {
				sees(true, want)
			}
		}
		l.command("UOPERATOR", "unack inc1")
		l.command("UOPERATOR", "assign inc1 nobody")
		time.Sleep(2 * time.Second)
		sees(false, "assigned to", "is on it")
		l.command("UOPERATOR", "assign inc1 stranger")
		time.Sleep(2 * time.Second)
		if said := w.answers(); !strings.Contains(said[len(said)-1], `Nobody, or more than one person, is called "stranger"`) {
			t.Errorf("told %q", said)
		}
		if faults := w.slack.Faults(); len(faults) > 0 {
			t.Error(faults)
		}
	})
}

func TestSilencingByForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.evaluators(incident("inc1", 1), func() *eventv1.IncidentChanged {
			c := incident("inc2", 1)
			c.Labels[1].Value, c.Summary = "cart", "heap is 91 % on cart"
			return c
		}())
		l := w.start()
		w.publish(incident("inc1", 1))
		time.Sleep(2 * time.Second)
		l.click("UOPERATOR", ops, w.one(ops).TS, message.SilenceMenu, "inc1."+message.SilenceForm, 1)
		time.Sleep(2 * time.Second)
		for _, text := range []string{"Would silence now: 1 incident*", "heap is 97 % on checkout", "Ends when it resolves", "service = checkout", `"text":"Until it resolves, at most 1 day","type":"plain_text"},"value":"resolved-1d"},"options"`} {
			if !w.formShows(text) {
				t.Errorf("the form does not show %q: %v", text, w.slack.Form())
			}
		}
		values := map[string]any{"how": choice("at"), "which": boxes("policy", "label=env"), "why": word("a <!channel> deployment")}
		l.view(w, "UOPERATOR", "which", values)
		time.Sleep(2 * time.Second)
		for _, text := range []string{"Would silence now: 2 incidents*", "heap is 91 % on cart", "Until when?"} {
			if !w.formShows(text) {
				t.Errorf("the form does not show %q: %v", text, w.slack.Form())
			}
		}
		l.view(w, "UOPERATOR", "which", map[string]any{"how": choice("1h"), "which": boxes()})
		time.Sleep(2 * time.Second)
		if !w.formShows("everything would be silent") {
			t.Errorf("nothing ticked shows %v", w.slack.Form())
		}
		at := func(d time.Duration) map[string]any {
			return map[string]any{"type": "datetimepicker", "selected_date_time": time.Now().Add(d).Unix()}
		}
		for want, d := range map[string]time.Duration{"That is over already": -time.Hour, "90 days at most": 100 * 24 * time.Hour} {
			values["until"] = at(d)
			if got := l.view(w, "UOPERATOR", "", values); !strings.Contains(got, `"response_action":"errors"`) || !strings.Contains(got, want) {
				t.Errorf("%s: answered %q", d, got)
			}
		}
		values["until"] = at(3 * time.Hour)
		if got := l.view(w, "UOPERATOR", "", values); got != "" {
			t.Errorf("answered %q", got)
		}
		w.within(5*time.Second, "the silence in the message", func() bool { return shows(w.one(ops), "silenced until") })
		all, err := bus.Silences.List(t.Context(), w.b.Conn("admin"))
		if err != nil || len(all) != 1 {
			t.Fatalf("%v %v", all, err)
		}
		s := all[0].Value
		if s.GetPolicy() != "heap" || len(s.GetMatchers()) != 1 || s.GetMatchers()[0].GetLabel() != "env" || s.GetComment() != "a <!channel> deployment" || s.GetAuthor() != "uoperator" || s.GetIncidentId() != "" {
			t.Errorf("%v", s)
		}
		l.click("UOPERATOR", ops, w.one(ops).TS, message.SilenceMenu, "inc1."+message.SilenceEnd, 1)
		w.within(5*time.Second, "the silence's end", func() bool { return !shows(w.one(ops), "silenced until") })
		if faults := w.slack.Faults(); len(faults) > 0 {
			t.Error(faults)
		}
	})
}

func TestVerdictsAndTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		c := incident("inc1", 1)
		w.publish(c)
		time.Sleep(time.Minute)
		w.publish(resolved(c, 2))
		time.Sleep(5 * time.Second)
		ts := w.one(ops).TS
		for _, user := range []string{"UOPERATOR", "USECOND", "USECOND", "UVIEWER"} {
			l.click(user, ops, ts, message.UsefulButton, "inc1", 1)
		}
		l.click("UVIEWER", ops, ts, message.NoiseButton, "inc1", 1)
		time.Sleep(5 * time.Second)
		for _, text := range []string{"2 found it useful, 1 called it noise", "👍 Useful · 2", "👎 Noise · 1"} {
			if m := w.one(ops); !shows(m, text) {
				t.Errorf("no %q in %v", text, m.Blocks)
			}
		}
		w.chart(&eventv1.ChartRendered{IncidentId: "inc1", IncidentVersion: 2, AltText: "heap from 45 % to 98 % and back"})
		time.Sleep(10 * time.Second)
		var closing []chattest.Message
		for _, m := range w.slack.Thread(ts) {
			if _, part := m.Part(); part == "closing" {
				closing = append(closing, m)
			}
		}
		if len(closing) != 1 || !strings.HasPrefix(closing[0].Text, "Resolved after 1 min: heap is 97 % on checkout · jvm.heap.used_percent: highest 98 %") {
			t.Fatalf("the summary: %v", texts(closing))
		}
		for _, text := range []string{"nobody acknowledged it", "no action was run: it ended without one", "the first time within 7 days", "slack_file", "heap from 45 % to 98 % and back"} {
			if !shows(closing[0], text) {
				t.Errorf("no %q in %v", text, closing[0].Blocks)
			}
		}
		again := incident("inc2", 1)
		again.PreviousId, again.DataAge = "inc1", durationpb.New(time.Second)
		w.publish(again)
		time.Sleep(5 * time.Second)
		roots := w.slack.Roots(ops)
		if link := "<https://slack.test/archives/" + ops + "/p" + strings.ReplaceAll(ts, ".", "") + "|the one before>"; len(roots) != 2 || !shows(roots[1], link) {
			t.Errorf("no %s in %v", link, roots)
		}
		if text := roots[1].Text; !strings.HasPrefix(text, "CRITICAL: heap is 97 % on checkout · service=checkout env=prod · jvm.heap.used_percent 97.2 %, above 80 %") || !strings.Contains(text, "was 45 % · since ") {
			t.Errorf("alone the text says %q", text)
		}
	})
}

// evaluators answers questions as the owners of all partitions, of which one has
// these open incidents.
func (w *world) evaluators(open ...*eventv1.IncidentChanged) {
	conn := w.b.Conn("evaluator")
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for p := range bus.Partition(bus.Partitions) {
		wg.Go(func() {
			_ = bus.ServeQueries(ctx, conn, p, func(context.Context, *eventv1.Query) *eventv1.QueryAnswer {
				a := &eventv1.QueryAnswer{}
				if p == 7 {
					a.Incidents = open
				}
				return a
			})
		})
	}
	w.t.Cleanup(func() { cancel(); wg.Wait() })
}
