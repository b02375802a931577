package route

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/notifier/oncall"
)

var rotationForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// oncall reads the rotations.
func (r *reader) oncall(n *yaml.Node) []oncall.Rotation {
	var out []oncall.Rotation
	for _, item := range r.items(n, "oncall") {
		f := r.fields(item, "a rotation", "name", "members", "starts", "every", "handoff", "zone", "layers", "overrides")
		var o oncall.Rotation
		if v := f["name"]; v == nil {
			r.fail(item, "a rotation needs a name")
		} else if o.Name = r.text(v, "name"); !rotationForm.MatchString(o.Name) {
			r.fail(v, "name: %q: want small letters, digits and hyphens", o.Name)
		} else if slices.ContainsFunc(out, func(other oncall.Rotation) bool { return other.Name == o.Name }) {
			r.fail(v, "name: there are two rotations %q", o.Name)
		}
		o.Zone = time.UTC
		if v := f["zone"]; v != nil {
			o.Zone = location(r.zone(v, "zone"))
		} else {
			r.fail(item, "a rotation needs a zone: Europe/Berlin")
		}
		handoff := 9 * 60
		if v := f["handoff"]; v != nil {
			handoff = r.clock(v, "handoff")
		}
		o.Layers = append(o.Layers, r.layer(item, f, o.Zone, handoff, time.Time{}))
		starts := o.Layers[0].Starts
		if v := f["layers"]; v != nil {
			for _, layer := range r.items(v, "layers") {
				lf := r.fields(layer, "a layer", "members", "starts", "every", "handoff", "from", "to", "days")
				at := handoff
				if v := lf["handoff"]; v != nil {
					at = r.clock(v, "handoff")
				}
				o.Layers = append(o.Layers, r.layer(layer, lf, o.Zone, at, starts))
			}
		}
		if v := f["overrides"]; v != nil {
			o.Overrides = r.overrides(v, o.Zone)
		}
		out = append(out, o)
	}
	return out
}

func (r *reader) layer(n *yaml.Node, f map[string]*yaml.Node, zone *time.Location, handoff int, starts time.Time) oncall.Layer {
	l := oncall.Layer{Every: oncall.Span{Days: 7}, Starts: starts}
	if v := f["members"]; v != nil {
		l.Members = r.members(v, "members")
	}
	if len(l.Members) == 0 {
		r.fail(n, `it needs members: ["@anna", "@ben"]`)
	}
	if v := f["starts"]; v != nil {
		day, err := time.ParseInLocation(time.DateOnly, r.text(v, "starts"), zone)
		if err != nil {
			r.fail(v, "starts: %q is no date: write 2026-11-02", v.Value)
		}
		l.Starts = day
	}
	if l.Starts.IsZero() {
		r.fail(n, "it needs starts: 2026-11-02, the day of the first handoff")
	} else {
		s := l.Starts
		l.Starts = time.Date(s.Year(), s.Month(), s.Day(), 0, handoff, 0, 0, zone)
	}
	if v := f["every"]; v != nil {
		l.Every = r.every(v)
	}
	if v := f["from"]; v != nil {
		l.From = r.clock(v, "from")
	}
	if v := f["to"]; v != nil {
		l.To = r.clock(v, "to")
	}
	if v := f["days"]; v != nil {
		l.Days = r.days(v, "days")
	}
	return l
}

// every reads 1w, 3d, or hours that divide a day: 12h.
func (r *reader) every(n *yaml.Node) oncall.Span {
	text := r.text(n, "every")
	d, err := duration(text)
	day := 24 * time.Hour
	switch {
	case err == nil && d > 0 && d%day == 0 && d <= 366*day:
		return oncall.Span{Days: int(d / day)}
	case err == nil && d >= time.Hour && d%time.Hour == 0 && day%d == 0:
		return oncall.Span{Hours: int(d / time.Hour)}
	}
	r.fail(n, "every: %q: want days or weeks (1d, 1w), or hours that divide a day (8h, 12h)", text)
	return oncall.Span{Days: 7}
}

func (r *reader) members(n *yaml.Node, what string) []string {
	out := r.texts(n, what)
	for _, m := range out {
		if strings.ContainsAny(m, " \t\n<>#") || m == "@owner" || strings.HasPrefix(m, "@oncall") || len(m) > 100 {
			r.fail(n, "%s: %q names no person: write @anna, an e-mail address or an id", what, m)
		}
	}
	return out
}

func (r *reader) overrides(n *yaml.Node, zone *time.Location) []oncall.Override {
	var out []oncall.Override
	for _, item := range r.items(n, "overrides") {
		f := r.fields(item, "an override", "who", "from", "until")
		if f["who"] == nil || f["from"] == nil || f["until"] == nil {
			r.fail(item, `an override needs who, from and until: {who: "@cleo", from: "2026-12-24 09:00", until: "2026-12-26 09:00"}`)
			continue
		}
		who := r.members(f["who"], "who")
		o := oncall.Override{From: r.moment(f["from"], "from", zone), Until: r.moment(f["until"], "until", zone)}
		if len(who) != 1 {
			r.fail(f["who"], "who: want one person")
			continue
		}
		if o.Who = who[0]; !o.Until.After(o.From) {
			r.fail(item, "an override ends after it begins")
		}
		out = append(out, o)
	}
	return out
}

// moment reads "2026-12-24 09:00" by the zone's clocks.
func (r *reader) moment(n *yaml.Node, what string, zone *time.Location) time.Time {
	text := r.text(n, what)
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly, time.RFC3339} {
		if t, err := time.ParseInLocation(form, text, zone); err == nil {
			return t
		}
	}
	r.fail(n, `%s: %q is no time: write "2026-12-24 09:00"`, what, text)
	return time.Time{}
}
