package main

import (
	"fmt"
	"slices"
	"strings"
)

// problem is what is wrong, and what to do about it.
type problem struct {
	What string `json:"what"`
	Do   string `json:"do"`
}

// manyBehind is from how many messages on being behind is worth a word.
const manyBehind = 1000

// missed is what does not happen without a service.
var missed = []struct{ service, what string }{
	{"collector", "no sample is taken in (what is published waits in INGEST, for 2 hours)"},
	{"evaluator", "nothing is judged (samples wait in SAMPLES, for 6 hours)"},
	{"notifier", "nobody is told, and no click is heard (incidents wait in ALERTS)"},
	{"renderer", "messages come without charts"},
	{"actioner", "actions do not run (requests wait in ACTIONS, for a day)"},
}

// problems returns what is wrong with st, the worst first.
func problems(st status) []problem {
	out := []problem{}
	say := func(what, do string) { out = append(out, problem{what, do}) }

	var absent []string
	for _, s := range st.Streams {
		if s.Missing {
			absent = append(absent, s.Name)
		}
	}
	for _, c := range st.Consumers {
		if c.Missing && !slices.Contains(absent, c.Stream) {
			absent = append(absent, c.Stream+"/"+c.Name)
		}
	}
	if len(absent) > 0 {
		say("The server is not set up: it has no "+strings.Join(absent, ", ")+".", "parley setup, with the admin's key")
	}
	for _, m := range missed {
		if !slices.ContainsFunc(st.Services, func(s serviceSeen) bool { return s.Name == m.service }) {
			say(fmt.Sprintf("No %s answers: %s.", m.service, m.what),
				fmt.Sprintf("docker-compose up -d %s; if it runs, its log says why it is not connected", m.service))
		}
	}
	evaluates := slices.ContainsFunc(st.Services, func(s serviceSeen) bool { return s.Name == "evaluator" })
	if n := len(st.Unowned); n > 0 && evaluates {
		say(fmt.Sprintf("%s without an owner that answers (%s): what belongs there is not judged.", count(n, "partition"), ranges(st.Unowned)),
			"evaluators take over within 10 s; if it lasts, see their logs, or add one: --scale evaluator=N")
	}
	for _, o := range st.Owners {
		if o.Lag > manyBehind {
			say(fmt.Sprintf("Evaluator %s is %d entries behind.", o.Owner, o.Lag), "add evaluators: docker-compose up -d --scale evaluator=N")
		}
	}
	for _, t := range st.Teams {
		if t.Refused > 0 {
			say(fmt.Sprintf("Team %s has %d series, as many as it may: %s are not taken.", t.Team, t.Series, count(int(t.Refused), "new one")),
				"send fewer (a label with many values?), or allow more: --evaluator-team-series")
		}
	}
	for _, s := range st.Streams {
		if s.MaxBytes > 0 && float64(s.Bytes) > 0.85*float64(s.MaxBytes) {
			say(fmt.Sprintf("Stream %s is %d %% full: %s.", s.Name, 100*s.Bytes/uint64(s.MaxBytes),
				word(s.refuses, "when it is full it refuses what comes", "when it is full the oldest goes")),
				"see below who is behind on it")
		}
	}
	for _, c := range st.Consumers {
		if c.Pending > manyBehind {
			say(fmt.Sprintf("The %s is %d messages behind on %s.", c.Service, c.Pending, c.Stream),
				fmt.Sprintf("see its log; if it keeps up no more, add one: docker-compose up -d --scale %s=N", c.Service))
		}
		if c.Redelivered > 0 {
			say(fmt.Sprintf("The %s tries %s of %s again.", c.Service, count(c.Redelivered, "message"), c.Stream),
				"its log says why; what it gives up will be in parley dlq list")
		}
	}
	out = append(out, chatProblems(st)...)
	out = append(out, awsProblems(st)...)
	out = append(out, archiveProblems(st)...)
	if n := total(st.DeadLetters); n > 0 {
		d := st.DeadLetters[0]
		say(fmt.Sprintf("%s in the last day, most of them (%d) on %s: %s.", count(n, "dead letter"), d.Count, d.Subject, strings.TrimSuffix(d.Reason, ".")),
			fmt.Sprintf("parley dlq list; parley dlq show %d", d.LastSequence))
	}
	return out
}

func total(dead []deadSeen) (n int) {
	for _, d := range dead {
		n += d.Count
	}
	return n
}
