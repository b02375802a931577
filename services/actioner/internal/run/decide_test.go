package run

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestWhoMayRun(t *testing.T) {
	t.Parallel()
	open := declare.Action{Name: "restart", Allow: []string{"@ops", "U9", "cli:operator"}}
	for name, c := range map[string]struct {
		who   *eventv1.Actor
		a     declare.Action
		found bool
		age   time.Duration
		want  Reason
	}{
		"in the group":                   {person("U1", "@ops"), open, true, 0, ""},
		"in another group":               {person("U1", "@sales"), open, true, 0, NotAllowed},
		"in no group":                    {person("U1"), open, true, 0, NotAllowed},
		"by id":                          {person("U9"), open, true, 0, ""},
		"by backend and id":              {&eventv1.Actor{Person: &eventv1.Person{Id: "operator"}, Backend: "cli"}, open, true, 0, ""},
		"the same id in another backend": {&eventv1.Actor{Person: &eventv1.Person{Id: "operator"}, Backend: "slack"}, open, true, 0, NotAllowed},
		"a person named as the group":    {&eventv1.Actor{Person: &eventv1.Person{Id: "U2", Name: "@ops"}}, open, true, 0, NotAllowed},
		"nobody":                         {nil, open, true, 0, NotAllowed},
		"without an id":                  {&eventv1.Actor{Groups: []string{"@ops"}}, open, true, 0, NotAllowed},
		"an empty list is nobody":        {person("U1", "@ops", ""), declare.Action{Name: "x"}, true, 0, NotAllowed},
		"no such action":                 {person("U1", "@ops"), declare.Action{}, false, 0, UnknownAction},
		"asked long ago":                 {person("U1", "@ops"), open, true, 11 * time.Minute, TooOld},
		"asked a while ago":              {person("U1", "@ops"), open, true, 9 * time.Minute, ""},
	} {
		got := Permit(&eventv1.RunRequested{Action: "restart", Actor: c.who}, c.a, c.found, noon.Add(-c.age), noon)
		if (got == nil) != (c.want == "") || got != nil && (got.Reason != c.want || got.Text == "") {
			t.Errorf("%s: got %+v, want %q", name, got, c.want)
		}
	}
}

func TestResume(t *testing.T) {
	t.Parallel()
	rec := func(state eventv1.RunState, lease time.Duration, published uint32) *eventv1.RunRecord {
		return &eventv1.RunRecord{Run: &eventv1.RunChanged{State: state, Version: 1}, LeaseUntil: timestamppb.New(noon.Add(lease)), PublishedVersion: published}
	}
	for name, c := range map[string]struct {
		rec   *eventv1.RunRecord
		token bool
		want  Next
		wait  time.Duration
	}{
		"done":                             {rec(done, -time.Hour, 1), false, Settle, 0},
		"done and not told":                {rec(done, -time.Hour, 0), false, Settle, 0},
		"waits for approval":               {rec(awaiting, 0, 1), true, Settle, 0},
		"lease lives":                      {rec(started, 10*time.Second, 1), true, Wait, 15 * time.Second},
		"lease over, clocks may differ":    {rec(started, -time.Second, 1), true, Wait, 4 * time.Second},
		"lease over, token":                {rec(started, -5*time.Second, 1), true, TakeOver, 0},
		"lease over, no token":             {rec(started, -5*time.Second, 1), false, GiveUp, 0},
		"lease over, no token, not begun":  {rec(started, -5*time.Second, 0), false, TakeOver, 0},
		"lease lives, no token, not begun": {rec(started, time.Second, 0), false, Wait, 6 * time.Second},
	} {
		if got, wait := Resume(c.rec, c.token, noon); got != c.want || wait != c.wait {
			t.Errorf("%s: got %d after %v, want %d after %v", name, got, wait, c.want, c.wait)
		}
	}
}

func TestReserve(t *testing.T) {
	t.Parallel()
	use := func(id, target string, ago time.Duration) *eventv1.ActionUse {
		return &eventv1.ActionUse{RunId: id, Target: target, At: timestamppb.New(noon.Add(-ago))}
	}
	limits := Limits{CoolDown: time.Minute, PerHour: 3, PerHourTarget: 2}
	for name, c := range map[string]struct {
		uses []*eventv1.ActionUse
		want Reason
		text string
		kept int
	}{
		"the first":                  {nil, "", "", 1},
		"cooling down":               {[]*eventv1.ActionUse{use("a", "x", 20*time.Second)}, CoolDown, "it ran on x 20s ago; again in 40s", 0},
		"another target is warm":     {[]*eventv1.ActionUse{use("a", "y", 20*time.Second)}, "", "", 2},
		"cooled down":                {[]*eventv1.ActionUse{use("a", "x", time.Minute)}, "", "", 2},
		"three in an hour":           {[]*eventv1.ActionUse{use("a", "y", 9*time.Minute), use("b", "z", 8*time.Minute), use("c", "w", 7*time.Minute)}, PerHour, "3 times within an hour", 0},
		"one of three is older":      {[]*eventv1.ActionUse{use("a", "y", time.Hour), use("b", "z", 8*time.Minute), use("c", "w", 7*time.Minute)}, "", "", 3},
		"twice on this target":       {[]*eventv1.ActionUse{use("a", "x", 9*time.Minute), use("b", "x", 8*time.Minute)}, PerHour, "2 times on x", 0},
		"asked again: its old place": {[]*eventv1.ActionUse{use("me", "x", time.Second), use("b", "x", time.Second), use("c", "x", 0)}, "", "", 3},
		"from a clock ahead":         {[]*eventv1.ActionUse{use("a", "x", -3*time.Second)}, CoolDown, "again in", 0},
	} {
		got, no := Reserve(&eventv1.ActionBound{Uses: c.uses}, use("me", "x", 0), limits)
		if (no == nil) != (c.want == "") || no != nil && (no.Reason != c.want || !strings.Contains(no.Text, c.text)) || len(got.GetUses()) != c.kept {
			t.Errorf("%s: got %v, %+v; want %q and %d", name, got, no, c.want, c.kept)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	read := func(text string) declare.Action {
		t.Helper()
		actions, problems := declare.Parse("f", []byte("actions:\n  - {name: a, kind: webhook, allow: [x], webhook: {url: \"https://a.example/{{ parameters.service }}\", secret: \"env:X\"}, "+text+"}"), declare.Options{})
		for _, p := range problems {
			t.Fatal(p)
		}
		return actions[0]
	}
	incident := &eventv1.IncidentChanged{Id: "i", Labels: []*eventv1.Label{{Name: "service", Value: "checkout"}}, Conditions: []*eventv1.ConditionState{{
		Holds: true, Series: &eventv1.SeriesRef{Labels: []*eventv1.Label{{Name: "instance", Value: "c-1"}, {Name: "service", Value: "other"}}}}}}
	base := read(`parameters: {service: {value: "{{ labels.service }}", one_of: [checkout, cart]}}`)
	for name, c := range map[string]struct {
		a        declare.Action
		incident *eventv1.IncidentChanged
		asked    map[string]string
		words    string
		err      string
	}{
		"from the incident":             {base, incident, nil, "POST https://a.example/checkout", ""},
		"the same was asked":            {base, incident, map[string]string{"service": "checkout"}, "POST https://a.example/checkout", ""},
		"another than the incident's":   {base, incident, map[string]string{"service": "cart"}, "", `is "checkout" for this incident`},
		"without an incident":           {base, nil, map[string]string{"service": "cart"}, "POST https://a.example/cart", ""},
		"nothing at all":                {base, nil, nil, "", "the label service has no value here"},
		"not one of them":               {base, nil, map[string]string{"service": "bank"}, "", `may not be "bank"`},
		"no such parameter":             {base, incident, map[string]string{"servce": "cart"}, "", `no parameter "servce"`},
		"the series' label, in words":   {read(`plan: "poke {{ parameters.service }}", parameters: {service: "{{ labels.instance }}"}`), incident, nil, "poke c-1", ""},
		"plain words unless said":       {read(`parameters: {service: "{{ labels.service }}"}`), nil, map[string]string{"service": "a/../b"}, "", "letters, digits"},
		"matches at both ends":          {read(`parameters: {service: {matches: "[a-z]+"}}`), nil, map[string]string{"service": "ab/../c"}, "", "has to match"},
		"an action that is gone by now": {declare.Action{}, incident, nil, "", "no such action"},
	} {
		p, err := Plan(c.a, &eventv1.RunChanged{RunId: "r", Incident: c.incident}, c.asked, nil)
		if c.err == "" && (err != nil || p.Words != c.words || p.Hash == "") || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: got %+v, %v; want %q, %q", name, p, err, c.words, c.err)
		}
	}
	// The hash stands for all that matters and for nothing else.
	hash := func(a declare.Action, change func(*eventv1.RunChanged)) string {
		r := &eventv1.RunChanged{RunId: "r", Incident: incident}
		if change != nil {
			change(r)
		}
		p, err := Plan(a, r, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.Hash
	}
	one := hash(base, nil)
	if hash(base, func(r *eventv1.RunChanged) { r.Version, r.State = 9, awaiting }) != one {
		t.Error("the hash depends on the run's state")
	}
	if hash(read(`timeout: 31s, parameters: {service: {value: "{{ labels.service }}", one_of: [checkout, cart]}}`), nil) == one {
		t.Error("the hash does not depend on the declaration")
	}
}
