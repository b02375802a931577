package route

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // container images may have no time zones

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
)

// Parse returns the table of a routes file, or an error that says everything
// that is wrong, with lines.
func Parse(data []byte, fallback string) (Table, error) {
	t, problems := Read(data, fallback)
	if len(problems) == 0 {
		return t, nil
	}
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = fmt.Errorf("routes: %s", p)
	}
	return Table{}, errors.Join(errs...)
}

// Read returns the table of a routes file and everything that is wrong in it:
// with a problem the table is not to be used.
func Read(data []byte, fallback string) (Table, []Problem) {
	r := &reader{}
	t := New(fallback)
	top := r.document(data)
	if top == nil {
		return t, r.problems
	}
	f := r.fields(top, "a routes file", "routes", "dependencies", "oncall", "who_may_subscribe")
	if n := f["oncall"]; n != nil {
		t.Oncall = r.oncall(n)
	}
	if n := f["who_may_subscribe"]; n != nil {
		t.Subscribers = r.texts(n, "who_may_subscribe")
	}
	if n := f["dependencies"]; n != nil {
		t.Dependencies = r.dependencies(n)
	}
	if n := f["routes"]; n != nil {
		names := &refers{rotations: t.rotations()}
		t.routes = r.routes(n, names, nil, "", 1)
	}
	return t, r.problems
}

// rotations returns the names of rotations.
func (t Table) rotations() []string {
	var out []string
	for _, o := range t.Oncall {
		out = append(out, o.Name)
	}
	return out
}

// refers is what names in routes may refer to.
type refers struct {
	rotations []string
	routes    int
}

// maxRoutes and maxNesting bound a file.
const maxRoutes, maxNesting = 2000, 8

func (r *reader) routes(n *yaml.Node, names *refers, parent *Route, prefix string, depth int) []*Route {
	if depth > maxNesting {
		r.fail(n, "routes are nested more than %d deep", maxNesting)
		return nil
	}
	var out []*Route
	for i, item := range r.items(n, "routes") {
		if names.routes++; names.routes > maxRoutes {
			r.fail(item, "more than %d routes", maxRoutes)
			return out
		}
		out = append(out, r.route(item, names, parent, prefix+strconv.Itoa(i+1), depth))
	}
	for i, route := range out[:max(len(out)-1, 0)] {
		if len(route.Matchers) == 0 && !route.Continue {
			r.problems = append(r.problems, Problem{out[i+1].Line, 1, "the route before this one (line " + strconv.Itoa(route.Line) +
				") matches everything and does not continue: nothing ever comes here"})
		}
	}
	return out
}

func (r *reader) route(n *yaml.Node, names *refers, parent *Route, number string, depth int) *Route {
	f := r.fields(n, "a route", "name", "match", "channels", "severity", "continue", "mention", "remind", "escalate", "ack_expires", "quiet", "limit", "group", "flap", "routes")
	out := &Route{Name: "route " + number, Line: n.Line}
	if parent != nil {
		out.Channels, out.BySeverity, out.Plan = parent.Channels, parent.BySeverity, parent.Plan
	}
	if v := f["name"]; v != nil {
		if out.Name = strings.TrimSpace(r.text(v, "name")); out.Name == "" || len(out.Name) > 60 {
			r.fail(v, "name: want 1 to 60 characters")
		}
	}
	out.Plan.Route = out.Name
	if v := f["match"]; v != nil {
		out.Matchers = r.match(v)
	}
	if v := f["continue"]; v != nil {
		out.Continue = r.flag(v, "continue")
	}
	if f["channels"] != nil || f["severity"] != nil {
		out.Channels, out.BySeverity = nil, nil
	}
	if v := f["channels"]; v != nil {
		out.Channels = r.channels(v, "channels")
	}
	if v := f["severity"]; v != nil {
		out.BySeverity = map[string][]string{}
		r.each(v, "severity", func(key, value *yaml.Node) {
			if r.severity(key) {
				out.BySeverity[key.Value] = r.channels(value, "severity "+key.Value)
			}
		})
	}
	r.plan(f, &out.Plan, names)
	r.together(f, &out.Plan)
	if v := f["routes"]; v != nil {
		out.Routes = r.routes(v, names, out, number+".", depth+1)
	}
	sets := slices.DeleteFunc(slices.Collect(maps.Keys(f)), func(key string) bool { return key == "match" || key == "name" || key == "continue" })
	if len(sets) == 0 && parent == nil {
		r.fail(n, "%s leads nowhere: give it channels, severity, or another setting", out.Name)
	}
	return out
}

func (r *reader) match(n *yaml.Node) label.Matchers {
	var out label.Matchers
	r.each(n, "match", func(key, value *yaml.Node) {
		m, err := label.ParseValue(key.Value, r.text(value, "match "+key.Value))
		if err != nil {
			r.fail(value, "%v", err)
			return
		}
		out = append(out, m)
	})
	slices.SortFunc(out, func(a, b label.Matcher) int { return strings.Compare(a.Label, b.Label) })
	return out
}

// plan reads what a route asks for beside channels, over what it inherited.
func (r *reader) plan(f map[string]*yaml.Node, p *Plan, names *refers) {
	if v := f["mention"]; v != nil {
		p.Mention = map[string][]string{}
		if v.Kind == yaml.MappingNode {
			r.each(v, "mention", func(key, value *yaml.Node) {
				if r.severity(key) {
					p.Mention[key.Value] = r.mention(value, names)
				}
			})
		} else {
			for _, s := range severities {
				p.Mention[s] = r.mention(v, names)
			}
		}
	}
	if v := f["remind"]; v != nil {
		p.Remind = r.span(v, "remind", time.Minute, 30*24*time.Hour)
	}
	if v := f["ack_expires"]; v != nil {
		p.AckExpires = r.span(v, "ack_expires", time.Minute, 30*24*time.Hour)
	}
	if v := f["escalate"]; v != nil {
		p.Escalate = r.escalate(v, names)
	}
	if v := f["quiet"]; v != nil {
		p.Quiet = nil
		if !none(v) {
			p.Quiet = r.quiet(v)
		}
	}
	if v := f["limit"]; v != nil {
		p.Limit = nil
		if !none(v) {
			p.Limit = r.limit(v)
		}
	}
}

// together reads how incidents go together, over what was inherited.
func (r *reader) together(f map[string]*yaml.Node, p *Plan) {
	if v := f["group"]; v != nil {
		p.Group = nil
		if !none(v) {
			p.Group = r.group(v)
		}
	}
	if v := f["flap"]; v != nil {
		p.Flap = &noise.Flap{} // never too often
		if !none(v) {
			p.Flap = r.flap(v)
		}
	}
}

// none reports whether a setting says that what was inherited does not hold.
func none(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Value == "none" }

func (r *reader) span(n *yaml.Node, what string, low, high time.Duration) time.Duration {
	if none(n) {
		return 0
	}
	return r.duration(n, what, low, high)
}

func (r *reader) escalate(n *yaml.Node, names *refers) []Step {
	if none(n) {
		return nil
	}
	var out []Step
	for _, item := range r.items(n, "escalate") {
		f := r.fields(item, "a step of escalate", "after", "mention", "channels")
		var s Step
		if v := f["after"]; v != nil {
			s.After = r.duration(v, "after", time.Minute, 7*24*time.Hour)
		} else {
			r.fail(item, "a step of escalate needs after: 15m")
		}
		if v := f["mention"]; v != nil {
			s.Mention = r.mention(v, names)
		}
		if v := f["channels"]; v != nil {
			s.Channels = r.channels(v, "channels")
		}
		if len(s.Mention) == 0 && len(s.Channels) == 0 {
			r.fail(item, "a step of escalate needs mention or channels")
		}
		if len(out) > 0 && s.After <= out[len(out)-1].After {
			r.fail(item, "steps of escalate come in order: %s is not after %s", short(s.After), short(out[len(out)-1].After))
		}
		if out = append(out, s); len(out) > 10 {
			r.fail(item, "escalate has at most 10 steps")
			break
		}
	}
	return out
}

func (r *reader) quiet(n *yaml.Node) *Quiet {
	f := r.fields(n, "quiet", "from", "to", "zone", "days", "except", "hold")
	q := &Quiet{Zone: "UTC"}
	for _, key := range []string{"from", "to", "zone"} {
		if f[key] == nil {
			r.fail(n, `quiet needs from, to and zone: {from: "22:00", to: "07:00", zone: Europe/Berlin}`)
			return q
		}
	}
	q.From, q.To, q.Zone = r.clock(f["from"], "from"), r.clock(f["to"], "to"), r.zone(f["zone"], "zone")
	if v := f["days"]; v != nil {
		q.Days = r.days(v, "days")
	}
	if v := f["except"]; v != nil {
		for _, s := range r.texts(v, "except") {
			if !slices.Contains(severities, s) {
				r.fail(v, "except: %q is no severity%s", s, hint(s, severities))
				continue
			}
			q.Except = append(q.Except, s)
		}
	}
	if v := f["hold"]; v != nil {
		q.Hold = r.flag(v, "hold")
	}
	return q
}

func (r *reader) limit(n *yaml.Node) *Limit {
	f := r.fields(n, "limit", "messages", "per")
	if f["messages"] == nil || f["per"] == nil {
		r.fail(n, "limit needs messages and per: {messages: 20, per: 1h}")
		return nil
	}
	return &Limit{Messages: r.number(f["messages"], "messages", 1, 1000), Per: r.duration(f["per"], "per", time.Minute, 24*time.Hour)}
}

var severities = []string{"info", "warning", "critical"}

func (r *reader) severity(n *yaml.Node) bool {
	if slices.Contains(severities, n.Value) {
		return true
	}
	r.fail(n, "severity %q: want info, warning or critical%s", n.Value, hint(n.Value, severities))
	return false
}

func hint(word string, known []string) string {
	if best := nearest.To(word, known); best != "" {
		return " (did you mean " + best + "?)"
	}
	return ""
}

// channels reads names of channels.
func (r *reader) channels(n *yaml.Node, what string) []string {
	out := r.texts(n, what)
	for _, ch := range out {
		if strings.ContainsAny(ch, " \t\n<>") || len(ch) > 200 {
			r.fail(n, `%s: %q is no channel's name: write "#ops", "mattermost:ops" or "@anna", in quotes`, what, ch)
		}
	}
	return out
}

var mentionForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^@[\pL\pN][\pL\pN._+@-]{0,99}$`) })

// mention reads names of groups and people: @ops, @anna, @owner, @oncall.
func (r *reader) mention(n *yaml.Node, names *refers) []string {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		return nil
	}
	out := r.texts(n, "mention")
	for _, m := range out {
		rotation, oncall := strings.CutPrefix(m, "@oncall")
		switch rotation = strings.TrimPrefix(rotation, "."); {
		case !mentionForm().MatchString(m):
			r.fail(n, `mention: %q names nobody: write "@ops" (a group), "@anna", "@owner" or "@oncall", in quotes`, m)
		case oncall && len(names.rotations) == 0:
			r.fail(n, "mention: %q, but the file has no oncall rotation", m)
		case oncall && rotation != "" && !slices.Contains(names.rotations, rotation):
			r.fail(n, "mention: there is no rotation %q%s: there are %s", rotation, hint(rotation, names.rotations), strings.Join(names.rotations, ", "))
		}
	}
	return out
}
