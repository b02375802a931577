package message

import (
	"maps"
	"slices"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// telling is which labels tell people most.
var telling = []string{"service", "app", "instance", "host", "node", "pod", "container", "queue", "database", "cluster", "namespace", "env", "region"}

// mostLabels is how many labels a message names.
const mostLabels = 12

// place is a piece of what says where: code where it is a name to be copied.
type place struct {
	text string
	code bool
}

// where says where an incident is, in one line: the labels as they are, most
// telling first, and those of a cloud's resource as people say them.
func where(c *eventv1.IncidentChanged) chat.Line {
	var line chat.Line
	separator := " "
	places, folded := resource(c.GetLabels())
	if folded {
		separator = " · "
	} else {
		for _, l := range labels(c) {
			places = append(places, place{l, true})
		}
	}
	for i, p := range places {
		if i > 0 {
			line = append(line, chat.P(separator))
		}
		if p.code {
			line = append(line, chat.C(p.text))
		} else {
			line = append(line, chat.P(p.text))
		}
	}
	return line
}

// briefly is where in text.
func briefly(c *eventv1.IncidentChanged) string {
	if places, folded := resource(c.GetLabels()); folded {
		texts := make([]string, len(places))
		for i, p := range places {
			texts[i] = p.text
		}
		return strings.Join(texts, " · ")
	}
	return strings.Join(labels(c), " ")
}

// labels returns "name=value" of the incident, most telling first.
func labels(c *eventv1.IncidentChanged) []string {
	ls := telltale(c)
	var out []string
	for _, l := range ls {
		if l.GetValue() == "" {
			continue
		}
		if out = append(out, Cut(l.GetName(), 60)+"="+Cut(l.GetValue(), 120)); len(out) == mostLabels {
			break
		}
	}
	return out
}

// rank is lower the more a label tells.
func rank(l *eventv1.Label) int {
	if i := slices.Index(telling, l.GetName()); i >= 0 {
		return i
	}
	if l.GetName() == "team" {
		return len(telling) + 1
	}
	return len(telling)
}

// resource returns the labels of a resource in a cloud's account as people say
// them: "batch-report", "i-0ba7…", "m5.2xlarge", "shop (111122223333)",
// "eu-west-1", "owner operator", "env staging". What says the same twice is said
// once. folded is false if the labels are of something else.
func resource(ls []*eventv1.Label) (out []place, folded bool) {
	m := map[string]string{}
	for _, l := range ls {
		if l.GetValue() != "" {
			m[l.GetName()] = Cut(l.GetValue(), 120)
		}
	}
	if m["account"] == "" || m["region"] == "" {
		return nil, false
	}
	take := func(name string) string {
		v := m[name]
		delete(m, name)
		return v
	}
	say := func(text string, code bool) {
		if text != "" && !slices.Contains(out, place{text, code}) {
			out = append(out, place{text, code})
		}
	}
	account, region, team := take("account"), take("region"), take("team")
	if name := take("account_name"); name != "" && name != account {
		account = name + " (" + account + ")"
	}
	say(take("name"), true)
	if id := take("resource"); id != "" {
		say(id, true)
		delete(m, "resource_type") // the policy says it
	}
	names := slices.Sorted(maps.Keys(m))
	for _, n := range names { // a dimension that is the resource's name or id is said already
		id := strings.HasSuffix(n, "_id") || strings.HasSuffix(n, "_identifier")
		if slices.Contains(out, place{m[n], true}) && !slices.Contains([]string{"owner", "env", "service"}, n) {
			delete(m, n)
		} else if id {
			say(take(n), true)
		}
	}
	for _, n := range []string{"instance_type", "db_instance_class"} {
		say(take(n), false)
	}
	say(account, false)
	say(region, false)
	rest := append([]string{"owner", "env", "service"}, slices.Sorted(maps.Keys(m))...)
	for _, n := range rest {
		if v := take(n); v != "" && len(out) < mostLabels {
			say(strings.ReplaceAll(Cut(n, 60), "_", " ")+" "+v, false)
		}
	}
	if team != "" {
		say("team "+team, false)
	}
	return out, true
}
