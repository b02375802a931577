package main

type notifyCmd struct {
	Test notifyTestCmd `cmd:"" help:"Write a test message into channels, and show what the chat says."`
}
