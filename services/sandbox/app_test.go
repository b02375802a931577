package sandbox

import (
	"context"

	"github.com/slack-go/slack"
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
