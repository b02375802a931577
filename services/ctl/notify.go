package main

type notifyCmd struct {
	Test    notifyTestCmd    `cmd:"" help:"Write a test message into channels, and show what the chat says."`
	Preview notifyPreviewCmd `cmd:"" help:"Show what would be sent of an incident, in each kind of chat, and send nothing."`
}
