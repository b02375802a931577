package main

type slackCmd struct {
	Doctor slackDoctorCmd `cmd:"" help:"Find out what of Slack's set-up is missing, and how to mend it."`
}
