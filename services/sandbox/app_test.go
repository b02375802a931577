package sandbox

import (
	"context"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"github.com/parley-ops/parley/services/sandbox/internal/workspace"
)

// app answers clicks, modals and commands as an app would, and waits until it is connected.
func (s *stage) app() {
	client := socketmode.New(s.api)
	ctx, cancel := context.WithCancel(context.Background())
	connected, ended := make(chan struct{}), make(chan struct{}, 2)
	go func() { _ = client.RunContext(ctx); ended <- struct{}{} }()
	go func() {
		defer func() { ended <- struct{}{} }()
		for {
			select {
			case <-ctx.Done():
				return
			case ev := <-client.Events:
				switch ev.Type {
				case socketmode.EventTypeHello:
					close(connected)
				case socketmode.EventTypeInteractive:
					s.interact(client, ev)
				case socketmode.EventTypeEventsAPI:
					s.event(client, ev)
				case socketmode.EventTypeSlashCommand:
					cmd := ev.Data.(slack.SlashCommand)
					_ = client.Ack(*ev.Request, map[string]any{"text": "You asked for *" + cmd.Text + "*: one incident is open."})
				}
			}
		}
	}()
	s.Cleanup(func() { cancel(); <-ended; <-ended })
	<-connected
}

func (s *stage) interact(client *socketmode.Client, ev socketmode.Event) {
	in := ev.Data.(slack.InteractionCallback)
	if in.Type == slack.InteractionTypeViewSubmission && in.View.CallbackID == "form" {
		_ = client.Ack(*ev.Request)
		v := in.View.State.Values
		_, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText(strings.Join([]string{
			"typed", v["typed"]["typed"].Value, "which", v["which"]["which"].SelectedOption.Value, "people", strings.Join(v["people"]["people"].SelectedUsers, "+"),
			"where", strings.Join(v["where"]["where"].SelectedConversations, "+"), "until", v["until"]["until"].SelectedDate, "number", v["number"]["number"].Value,
			"boxes", v["boxes"]["boxes"].SelectedOptions[0].Value,
		}, " "), false))
		if err != nil {
			s.Errorf("answer a form: %v", err)
		}
		return
	}
	if in.Type == slack.InteractionTypeViewSubmission {
		reason := in.View.State.Values["why"]["reason"].Value
		if reason == "no" {
			_ = client.Ack(*ev.Request, slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "That is no reason."}))
			return
		}
		_ = client.Ack(*ev.Request)
		_, _, err := s.api.PostMessage(workspace.ChannelOps, slack.MsgOptionText("<@"+in.User.ID+"> says: "+reason, false), slack.MsgOptionTS(in.View.PrivateMetadata))
		if err != nil {
			s.Errorf("reply: %v", err)
		}
		return
	}
	if in.Type == slack.InteractionTypeBlockSuggestion {
		_ = client.Ack(*ev.Request, suggestions(in.Value))
		return
	}
	a := in.ActionCallback.BlockActions[0]
	if a.ActionID == "late" {
		return
	}
	_ = client.Ack(*ev.Request)
	var err error
	switch a.ActionID {
	case "why":
		pt := func(text string) *slack.TextBlockObject {
			return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
		}
		input := slack.NewPlainTextInputBlockElement(pt("What did you see?"), "reason")
		input.Multiline = true
		_, err = s.api.OpenView(in.TriggerID, slack.ModalViewRequest{
			Type: slack.VTModal, Title: pt("Give a reason"), Submit: pt("Send"), Close: pt("Cancel"), PrivateMetadata: in.Message.Timestamp,
			Blocks: slack.Blocks{BlockSet: []slack.Block{
				slack.NewInputBlock("why", pt("Reason"), pt("It goes into the thread"), input),
				slack.NewInputBlock("how", pt("How sure are you?"), nil, slack.NewRadioButtonsBlockElement("sure",
					slack.NewOptionBlockObject("very", pt("Very"), nil), slack.NewOptionBlockObject("not", pt("Not at all"), nil))).WithOptional(true),
				slack.NewInputBlock("who", pt("Who should know?"), nil, slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, pt("Choose people"), "who")).WithOptional(true),
			}},
		})
	case "form":
		_, err = s.api.OpenView(in.TriggerID, form("Type something"))
	case "typed":
		_, err = s.api.UpdateView(form("You typed "+a.Value), "", in.View.Hash, in.View.ID)
	case "home":
		_, err = s.api.PublishViewContext(context.Background(), slack.PublishViewContextRequest{UserID: in.User.ID, View: s.home(in.User.Name + " clicked")})
	case "gc":
		_, _, _, err = s.api.UpdateMessage(workspace.ChannelOps, in.Message.Timestamp, slack.MsgOptionText("Heap is 34 % again", false),
			slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, ":white_check_mark: *Recovered*: heap is 34 % again", false, false), nil, nil)))
	default:
		value := a.Value
		if a.SelectedOption.Value != "" {
			value = a.SelectedOption.Value
		}
		_, err = s.api.PostEphemeral(in.Channel.ID, in.User.ID, slack.MsgOptionText(in.User.Name+" did "+a.ActionID+" "+value, false))
	}
	if err != nil {
		s.Errorf("answer %s: %v", a.ActionID, err)
	}
}

func (s *stage) event(client *socketmode.Client, ev socketmode.Event) {
	_ = client.Ack(*ev.Request)
	in, ok := ev.Data.(slackevents.EventsAPIEvent)
	if !ok {
		return
	}
	var err error
	switch data := in.InnerEvent.Data.(type) {
	case *slackevents.AppHomeOpenedEvent:
		if s.home != nil && data.Tab == "home" {
			_, err = s.api.PublishViewContext(context.Background(), slack.PublishViewContextRequest{UserID: data.User, View: s.home(data.User)})
		}
	case *slackevents.MessageEvent:
		if data.BotID == "" {
			_, _, err = s.api.PostMessage(data.Channel, slack.MsgOptionText("You said: "+data.Text, false))
		}
	}
	if err != nil {
		s.Errorf("answer %s: %v", in.InnerEvent.Type, err)
	}
}

func suggestions(typed string) slack.OptionsResponse {
	var r slack.OptionsResponse
	for _, name := range []string{"checkout", "cart", "search"} {
		if strings.Contains(name, typed) {
			r.Options = append(r.Options, slack.NewOptionBlockObject(name, slack.NewTextBlockObject(slack.PlainTextType, name, false, false), nil))
		}
	}
	return r
}

// form is a modal with every kind of input.
func form(status string) slack.ModalViewRequest {
	pt := func(text string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
	}
	input := func(id, label string, e slack.BlockElement) *slack.InputBlock {
		return slack.NewInputBlock(id, pt(label), nil, e).WithOptional(true)
	}
	typed := slack.NewPlainTextInputBlockElement(pt("A metric"), "typed")
	typed.DispatchActionConfig = &slack.DispatchActionConfig{TriggerActionsOn: []string{"on_character_entered"}}
	typed.FocusOnLoad = true
	which := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, pt("An application"), "which")
	least, most := 1, 2
	which.MinQueryLength = &least
	people := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeUser, pt("People"), "people")
	people.MaxSelectedItems = &most
	until := slack.NewDatePickerBlockElement("until")
	until.InitialDate = "2026-11-23"
	at := slack.NewTimePickerBlockElement("at")
	at.InitialTime = "08:00"
	moment := slack.NewDateTimePickerBlockElement("moment")
	moment.InitialDateTime = 1795340000
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "form", Title: pt("Silence"), Submit: pt("Silence"), Close: pt("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("typed", pt("Metric"), pt("The preview follows as you type"), typed).WithOptional(true).WithDispatchAction(true),
			slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*"+status+"*", false, false), nil, nil, slack.SectionBlockOptionBlockID("status")),
			input("which", "Application", which),
			input("people", "Tell", people),
			input("where", "Where", slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeConversations, pt("Conversations"), "where")),
			input("until", "Until", until), input("at", "At", at), input("moment", "Or exactly", moment),
			input("number", "How many", slack.NewNumberInputBlockElement(pt("7"), "number", false)),
			input("mail", "E-mail", slack.NewEmailTextInputBlockElement(pt("you@example.org"), "mail")),
			input("link", "Runbook", slack.NewURLTextInputBlockElement(pt("https://"), "link")),
			input("boxes", "Also", slack.NewCheckboxGroupsBlockElement("boxes",
				slack.NewOptionBlockObject("end", pt("End on recovery"), pt("the silence goes when the incident does")), slack.NewOptionBlockObject("say", pt("Say so in the thread"), nil))),
		}},
	}
}
