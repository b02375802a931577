package route

import (
	"slices"
	"strings"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

const file1 = `
routes:
  - match: {env: prod, service: "~shop|cart"}
    severity: {critical: ["#ops", "#oncall", "#ops"]}
    channels: ["#shop"]
  - match: {policy: "!~idle.*", owner: db}
    channels: ["#db"]
  - match: {policy: "~idle.*"}
    channels: ["#cost"]
`

func TestChannels(t *testing.T) {
	t.Parallel()
	table, err := Parse([]byte(file1), "#general")
	if err != nil {
		t.Fatal(err)
	}
	f := func(policy, labels string, s eventv1.Severity, own []string, want ...string) {
		t.Helper()
		c := &eventv1.IncidentChanged{Policy: policy, Severity: s, Channels: own, PolicyLabels: []*eventv1.Label{{Name: "owner", Value: "db"}}}
		for _, l := range strings.Fields(labels) {
			n, v, _ := strings.Cut(l, "=")
			c.Labels = append(c.Labels, &eventv1.Label{Name: n, Value: v})
		}
		if got := table.Channels(c, time.Now()); !slices.Equal(got, want) {
			t.Errorf("%s %s: %v, want %v", policy, labels, got, want)
		}
	}
	critical, info := eventv1.Severity_SEVERITY_CRITICAL, eventv1.Severity_SEVERITY_INFO
	f("slow", "env=prod service=shop", critical, nil, "#ops", "#oncall")
	f("slow", "env=prod service=shop", info, nil, "#shop")
	f("slow", "env=prod service=shopping", info, nil, "#db")
	f("idle-ec2", "env=dev", info, nil, "#cost")
	f("slow", "env=prod service=shop owner=web", info, []string{"#mine", " #mine ", ""}, "#mine")
	f("slow", "owner=web", info, nil, "#general")
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"routes: [{match: {a: b}}]":                           "leads nowhere",
		"routes: [{chanels: [x]}]":                            "chanels",
		"routes: [{match: {a: '~('}, channels: [x]}]":         "regular expression",
		"routes: [{severity: {fatal: [x]}}]":                  "fatal",
		"routes: [{match: {a: b}, channels: 'not a list' }]}": "routes",
	} {
		if _, err := Parse([]byte(text), "#ops"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", text, err, want)
		}
	}
	if table, err := Parse(nil, "#ops"); err != nil || table.Default() != "#ops" {
		t.Errorf("an empty file: %v", err)
	}
}
