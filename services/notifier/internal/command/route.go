package command

import "strings"

// Route says who would be told of what.
var Route = Verb{Name: "route", Group: Who, Usage: "route <test label=value … [at TIME] | show>", Short: "who would be told of what",
	Long:     "test says for an incident with these labels (policy=, severity= and team= among them) which channels are told, whom that names, and what follows while nobody acknowledges. show lists the routes in force and what was subscribed. A time is UTC: 22:30, or 2026-12-24 22:30.",
	Examples: []string{"route show", "route test team=payments severity=critical", "route test env=prod at 23:30"},
	Parse:    parseRoute}

// Subscribe adds a route at run time.
var Subscribe = Verb{Name: "subscribe", Group: Who, Usage: "subscribe [label=value …] [here | me]", Short: "hear of incidents, here or alone",
	Long:     "From then on incidents that match are told in this channel (here), or to you alone (me), beside where they are told anyway. Labels take =, !=, =~ and !~, and also policy= and severity=. Everybody may subscribe themselves; a channel those whom the routes file names.",
	Examples: []string{"subscribe severity=critical me", "subscribe team=payments here"}, Parse: parseSubscribe}

// Unsubscribe ends that.
var Unsubscribe = Verb{Name: "unsubscribe", Group: Who, Usage: "unsubscribe <subscription>", Short: "end a subscription",
	Long: "Its id is in /parley route show.", Examples: []string{"unsubscribe s3f9a27c1d0e4"},
	Parse: func(c *Command, args []string) error {
		if len(args) != 1 {
			return missing("which subscription?")
		}
		c.Comment = args[0]
		return nil
	}}

// Oncall says who is on call.
var Oncall = Verb{Name: "oncall", Group: Who, Usage: "oncall [rotation] | oncall override <who | me> until <time> [rotation]", Short: "who is on call now and next",
	Long:     "override lets somebody stand in from now on until then: 18:00 or 2026-12-24 09:00 by the rotation's clocks, or a length of time such as 4h. Those may whom the routes file names in who_may_subscribe, and who is on call.",
	Examples: []string{"oncall", "oncall override me until 18:00", "oncall override @ben until 4h primary"},
	Parse:    parseOncall}

// RouteOwn is what a route command asks: the words of a test; nil shows.
type RouteOwn struct{ Test []string }

func parseRoute(c *Command, args []string) error {
	if len(args) == 0 {
		return missing("test or show?")
	}
	switch strings.ToLower(args[0]) {
	case "show":
		c.Own = RouteOwn{}
		return nil
	case "test":
		if len(args) == 1 {
			return missing("what labels would it have?")
		}
		c.Own = RouteOwn{Test: args[1:]}
		return nil
	}
	return missing("test or show?")
}

// SubscribeOwn is where a subscription is told.
type SubscribeOwn struct{ Me bool }

func parseSubscribe(c *Command, args []string) error {
	own := SubscribeOwn{}
	for i, a := range args {
		switch {
		case strings.EqualFold(a, "me") && i == len(args)-1:
			own.Me = true
		case strings.EqualFold(a, "here") && i == len(args)-1:
		case strings.Contains(a, "="):
			if err := c.matcher(a); err != nil {
				return err
			}
		default:
			return wrong("%q is no label: write label=value, and here or me last.", a)
		}
	}
	if len(c.Matchers) > 20 {
		return wrong("At most 20 labels.")
	}
	c.Own = own
	return nil
}

// OncallOwn is what an on-call command asks. Who is set for an override.
type OncallOwn struct{ Rotation, Who, Until string }

func parseOncall(c *Command, args []string) error {
	own := OncallOwn{}
	switch {
	case len(args) == 0:
	case !strings.EqualFold(args[0], "override"):
		if len(args) > 1 {
			return missing("one rotation, or override?")
		}
		own.Rotation = strings.ToLower(args[0])
	case len(args) < 4 || !strings.EqualFold(args[2], "until"):
		return missing("who stands in, and until when?")
	default:
		own.Who = args[1]
		rest := args[3:]
		if own.Until = rest[0]; len(rest) > 1 && strings.Contains(rest[1], ":") {
			own.Until, rest = rest[0]+" "+rest[1], rest[1:]
		}
		if len(rest) > 2 {
			return missing("who stands in, and until when?")
		}
		if len(rest) == 2 {
			own.Rotation = strings.ToLower(rest[1])
		}
	}
	c.Own = own
	return nil
}
