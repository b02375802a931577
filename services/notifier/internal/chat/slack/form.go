package slack

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Slack's limits of forms.
const (
	maxViewBlocks = 100
	maxViewWord   = 24
	maxMetadata   = 3000
	maxLabel      = 2000
	maxEntered    = 3000
	maxBoxes      = 10
)

// Ask implements chat.Asker.
func (b *Backend) Ask(ctx context.Context, trigger string, f chat.Form) error {
	_, err := b.api.OpenViewContext(ctx, trigger, modal(f))
	return b.fault("views.open", err)
}

// Reask implements chat.Asker. A form that was closed, or shows something newer,
// is left alone.
func (b *Backend) Reask(ctx context.Context, viewID, hash string, f chat.Form) error {
	_, err := b.api.UpdateViewContext(ctx, modal(f), "", hash, viewID)
	if err != nil && (strings.Contains(err.Error(), "hash_conflict") || strings.Contains(err.Error(), "not_found")) {
		b.met.calls.WithLabelValues("views.update", "late").Inc()
		return nil
	}
	return b.fault("views.update", err)
}

func modal(f chat.Form) slack.ModalViewRequest {
	view := slack.ModalViewRequest{Type: slack.VTModal, CallbackID: cut(f.Callback, maxActionID), PrivateMetadata: cut(f.Metadata, maxMetadata),
		Title: plain(f.Title, maxViewWord), Close: plain("Cancel", maxViewWord)}
	if f.Submit != "" {
		view.Submit = plain(f.Submit, maxViewWord)
	}
	for _, field := range f.Fields {
		if field.Kind == chat.Shown {
			for i, p := range paragraphs(field.Lines) {
				if s, ok := p.(*slack.SectionBlock); ok && field.ID != "" {
					s.BlockID = cut(field.ID, maxActionID-4) + "-" + strconv.Itoa(i)
				}
				view.Blocks.BlockSet = append(view.Blocks.BlockSet, p)
			}
			continue
		}
		e := element(field)
		if e == nil {
			continue
		}
		var hint *slack.TextBlockObject
		if field.Hint != "" {
			hint = plain(field.Hint, maxLabel)
		}
		block := slack.NewInputBlock(field.ID, plain(field.Label, maxLabel), hint, e)
		block.Optional, block.DispatchAction = field.Optional, field.Live
		view.Blocks.BlockSet = append(view.Blocks.BlockSet, block)
	}
	if n := len(view.Blocks.BlockSet); n > maxViewBlocks {
		view.Blocks.BlockSet = view.Blocks.BlockSet[:maxViewBlocks]
	}
	return view
}

// element returns the control of a field; nil if nothing can be entered.
func element(f chat.Field) slack.BlockElement {
	switch f.Kind {
	case chat.Choice, chat.Boxes:
		options := choices(f)
		if len(options) == 0 {
			return nil
		}
		if f.Kind == chat.Boxes {
			e := slack.NewCheckboxGroupsBlockElement(f.ID, options...)
			ticked := strings.Split(f.Initial, "\n")
			for _, o := range options {
				for _, t := range ticked {
					if t == o.Value {
						e.InitialOptions = append(e.InitialOptions, o)
					}
				}
			}
			return e
		}
		e := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose", maxPrompt), f.ID, options...)
		for _, o := range options {
			if o.Value == f.Initial {
				e.InitialOption = o
			}
		}
		return e
	case chat.Somebody:
		e := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plain("Choose a person", maxPrompt), f.ID)
		if userID(f.Initial) {
			e.InitialUser = f.Initial
		}
		return e
	case chat.Moment:
		e := slack.NewDateTimePickerBlockElement(f.ID)
		if at, err := strconv.ParseInt(f.Initial, 10, 64); err == nil && at >= 1_000_000_000 && at <= 9_999_999_999 {
			e.InitialDateTime = at
		}
		return e
	}
	e := slack.NewPlainTextInputBlockElement(nil, f.ID)
	e.InitialValue, e.Multiline, e.MaxLength = cut(f.Initial, maxEntered), f.Kind == chat.Paragraph, maxEntered
	if f.Live {
		e.DispatchActionConfig = &slack.DispatchActionConfig{TriggerActionsOn: []string{"on_character_entered"}}
	}
	return e
}

// choices returns a field's options, within Slack's limits.
func choices(f chat.Field) []*slack.OptionBlockObject {
	most := maxOptions
	if f.Kind == chat.Boxes {
		most = maxBoxes
	}
	var out []*slack.OptionBlockObject
	for _, o := range f.Options {
		if o.Value == "" || utf8.RuneCountInString(o.Value) > maxOptionValue || len(out) == most {
			continue
		}
		var note *slack.TextBlockObject
		if o.Note != "" {
			note = plain(o.Note, maxButton)
		}
		out = append(out, slack.NewOptionBlockObject(o.Value, plain(o.Text, maxButton), note))
	}
	return out
}

// entered returns what stands in a form's fields.
func entered(state *slack.ViewState) map[string]string {
	values := map[string]string{}
	if state == nil {
		return values
	}
	for block, actions := range state.Values {
		for id, a := range actions {
			values[block+"/"+id] = chosen(&a)
		}
	}
	return values
}

// chosen is what a control says: several values with a line feed between them.
func chosen(a *slack.BlockAction) string {
	switch {
	case a.SelectedOption.Value != "":
		return a.SelectedOption.Value
	case a.SelectedUser != "":
		return a.SelectedUser
	case a.SelectedDateTime != 0:
		return strconv.FormatInt(a.SelectedDateTime, 10)
	case len(a.SelectedOptions) > 0:
		var all []string
		for _, o := range a.SelectedOptions {
			all = append(all, o.Value)
		}
		return strings.Join(all, "\n")
	}
	return a.Value
}
