package inbound

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// runForm is the callback of the form in which a run's parameters are filled in.
// It shows the plan, which follows what is entered; sending it agrees to the
// plan that it showed.
const runForm = "run-form"

// formLasts is how long a form may stay open.
const formLasts = 30 * time.Minute

// openForm is what a form remembers: a sealed claim, of the control
// "form:<action>", in the channel and under the message of the button.
type openForm struct{ value, action, channel, ts string }

func (f openForm) metadata() string {
	return strings.Join([]string{f.value, f.action, f.channel, f.ts}, "|")
}

func readForm(metadata string) (f openForm, ok bool) {
	parts := strings.Split(metadata, "|")
	if len(parts) != 4 {
		return f, false
	}
	return openForm{parts[0], parts[1], parts[2], parts[3]}, true
}

func formChannel(s *eventv1.Submission) string {
	f, _ := readForm(s.GetPrivateMetadata())
	return f.channel
}

// openRunForm asks for a run's parameters.
func (h *Handler) openRunForm(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click, r *record.Record, doc *eventv1.ActionDocument, runID string) error {
	b, _ := chat.Named(h.Backend, in.GetBackend())
	asker, ok := b.(chat.Asker)
	if !ok || c.GetTriggerId() == "" {
		return refuse("no_form", "%q asks for parameters, which this chat has no form for. Write them: /parley run %s %s name=value", message.Title(doc), doc.GetName(), message.Short(r.ID))
	}
	actor, err := h.among(ctx, in, doc.GetAllow())
	if err != nil {
		return err
	}
	if !permission.Allows(doc.GetAllow(), actor) {
		return refuse("not_allowed", "You may not run %q. Those who may: %s.", message.Title(doc), people(doc.GetAllow()))
	}
	plan := h.planOf(&eventv1.RunRequested{RunId: runID, Action: doc.GetName(), Incident: r.Incident()})
	if plan == nil {
		return refuse("no_answer", "No actioner answers at the moment, so there is nothing to fill in. Please try again in a minute.")
	}
	f := openForm{action: doc.GetName(), channel: c.GetChannelId(), ts: c.GetMessageTs()}
	return asker.Ask(ctx, c.GetTriggerId(), h.runFormOf(in, r, doc, runID, plan, f, plan.GetParameters()))
}

func (h *Handler) planOf(q *eventv1.RunRequested) *eventv1.RunPlan {
	if h.Plan == nil {
		return nil
	}
	return h.Plan(q)
}

// runFormOf is the form as it is with these parameters.
func (h *Handler) runFormOf(in *eventv1.Inbound, r *record.Record, doc *eventv1.ActionDocument, runID string, plan *eventv1.RunPlan, f openForm, values map[string]string) chat.Form {
	f.value = h.Key().Sign(seal.Claim{Do: "form:" + f.action, Incident: r.ID, Run: runID, Plan: plan.GetHash(), Channel: f.channel, Version: r.Version, Expires: when(in).Add(formLasts)})
	out := chat.Form{Callback: runForm, Metadata: f.metadata(), Title: message.Cut(message.Title(doc), 24), Submit: "Do it"}
	for _, p := range doc.GetParameters() {
		field := chat.Field{ID: p.GetName(), Label: or(p.GetLabel(), capital(strings.ReplaceAll(p.GetName(), "_", " "))), Hint: hint(p), Initial: values[p.GetName()], Optional: p.GetOptional(), Live: true}
		if len(p.GetOneOf()) > 0 {
			field.Kind = chat.Choice
			for _, o := range p.GetOneOf() {
				field.Options = append(field.Options, chat.Option{Text: o, Value: o})
			}
		}
		out.Fields = append(out.Fields, field)
	}
	question := or(doc.GetConfirm(), message.Title(doc)+"?")
	out.Fields = append(out.Fields, chat.Field{ID: "plan", Kind: chat.Shown, Lines: message.PlanLines(question, plan, doc.GetNeedsApproval())})
	return out
}

// hint says what a parameter may be.
func hint(p *eventv1.ActionParameter) string {
	bounds := ""
	switch {
	case p.GetMin() != "" && p.GetMax() != "":
		bounds = "From " + p.GetMin() + " to " + p.GetMax() + "."
	case p.GetMin() != "":
		bounds = p.GetMin() + " or more."
	case p.GetMax() != "":
		bounds = p.GetMax() + " or less."
	case p.GetNumber():
		bounds = "A number."
	}
	help := strings.TrimSpace(p.GetHelp())
	if help != "" && bounds != "" && !strings.HasSuffix(help, ".") {
		help += "."
	}
	return strings.TrimSpace(help + " " + bounds)
}

// formOf returns what a form is about, after making sure that it is ours.
func (h *Handler) formOf(in *eventv1.Inbound, metadata string) (f openForm, claim seal.Claim, doc *eventv1.ActionDocument, err error) {
	f, ok := readForm(metadata)
	if ok {
		claim, err = h.Key().Open(f.value, "form:"+f.action, f.channel, when(in))
	}
	doc = h.Actions()[f.action]
	switch {
	case !ok || errors.Is(err, seal.ErrForged):
		return f, claim, doc, refuse("forged", "This form does not come from Parley as it stands. Nothing was done.")
	case err != nil:
		return f, claim, doc, refuse("expired", "This form was open for too long. Nothing was done; please press the button again.")
	case doc == nil:
		return f, claim, doc, refuse("no_action", "No actioner offers %q at the moment.", f.action)
	}
	return f, claim, doc, nil
}

// entered returns the parameters of a form.
func entered(doc *eventv1.ActionDocument, values map[string]string) map[string]string {
	out := map[string]string{}
	for _, p := range doc.GetParameters() {
		if v := strings.TrimSpace(chat.Value(values, p.GetName())); v != "" || !p.GetOptional() {
			out[p.GetName()] = v
		}
	}
	return out
}

// runFormChanged makes an open form show the plan for what is entered now.
func (h *Handler) runFormChanged(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click) error {
	f, claim, doc, err := h.formOf(in, c.GetPrivateMetadata())
	if err != nil {
		return err
	}
	r, err := h.known(ctx, claim.Incident)
	if err != nil {
		return err
	}
	b, _ := chat.Named(h.Backend, in.GetBackend())
	asker, ok := b.(chat.Asker)
	values := entered(doc, c.GetValues())
	plan := h.planOf(&eventv1.RunRequested{RunId: claim.Run, Action: f.action, Incident: r.Incident(), Parameters: values})
	if !ok || plan == nil {
		return nil // sending it says what is wrong
	}
	return asker.Reask(ctx, c.GetViewId(), c.GetViewHash(), h.runFormOf(in, r, doc, claim.Run, plan, f, values))
}

// runFaults says, before a form is taken, what is wrong with its fields; nil if
// it may be taken: what is refused then is told in the channel.
func (h *Handler) runFaults(ctx context.Context, in *eventv1.Inbound, s *eventv1.Submission) chat.Faults {
	f, claim, doc, err := h.formOf(in, s.GetPrivateMetadata())
	if err != nil || len(doc.GetParameters()) == 0 {
		return nil
	}
	first := doc.GetParameters()[0].GetName()
	r, err := h.Store.Fresh(ctx, claim.Incident)
	if err != nil {
		return chat.Faults{first: "That could not be looked up just now. Please send it again."}
	}
	values := entered(doc, s.GetValues())
	plan := h.planOf(&eventv1.RunRequested{RunId: claim.Run, Action: f.action, Incident: r.Incident(), Parameters: values})
	wrong := chat.Faults{}
	for name, why := range plan.GetFaults() {
		if asks(doc, name) {
			wrong[name] = message.Cut(reason(why, name, values[name]), 150)
		}
	}
	switch {
	case plan == nil:
		wrong[first] = "No actioner answers at the moment. Please send it again in a minute."
	case len(wrong) > 0:
	case plan.GetRefused() != "" && plan.GetHash() == "":
		wrong[first] = message.Cut(plan.GetRefused(), 150)
	case plan.GetHash() != claim.Plan:
		h.later.Go(func() {
			h.showAgain(context.WithoutCancel(ctx), in, s.GetViewId(), h.runFormOf(in, r, doc, claim.Run, plan, f, values))
		})
		wrong[first] = message.Cut("With this it would: "+plan.GetWords()+". The form shows it in a moment: send it again if that is wanted.", 300)
	}
	return wrong
}

// reason is what is wrong with a value, without what stands beside it in the form.
func reason(why, name, value string) string {
	for _, said := range []string{value, strconv.Quote(value)} {
		why = strings.TrimPrefix(why, "the parameter "+name+" may not be "+said+": ")
	}
	return capital(why)
}

// showAgain makes a form that was not taken show what it would do.
func (h *Handler) showAgain(ctx context.Context, in *eventv1.Inbound, viewID string, f chat.Form) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b, _ := chat.Named(h.Backend, in.GetBackend())
	asker, ok := b.(chat.Asker)
	if !ok {
		return
	}
	if err := asker.Reask(ctx, viewID, "", f); err != nil {
		h.Log.Warn("form not shown anew", "person", in.GetPerson().GetId(), "err", err)
	}
}

func asks(doc *eventv1.ActionDocument, name string) bool {
	for _, p := range doc.GetParameters() {
		if p.GetName() == name {
			return true
		}
	}
	return false
}

// submitted does what a form asks for.
func (h *Handler) submitted(ctx context.Context, in *eventv1.Inbound, s *eventv1.Submission) error {
	if s.GetCallbackId() != runForm {
		return h.submit(ctx, in, s)
	}
	f, claim, doc, err := h.formOf(in, s.GetPrivateMetadata())
	if err != nil {
		return err
	}
	r, err := h.known(ctx, claim.Incident)
	if err != nil {
		return err
	}
	return h.run(ctx, in, r, &eventv1.RunRequested{RunId: claim.Run, Action: f.action, PlanHash: claim.Plan, Parameters: entered(doc, s.GetValues()),
		ChannelId: f.channel, ThreadTs: f.ts})
}
