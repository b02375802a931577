package slack

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// fragments of what people with a grudge put into a label.
var fragments = []string{"<!channel>", "<!here|x>", "<@U0000000ANN>", "<#C0000000OPS>", "<!subteam^S0000000OPS>", "<https://evil.example|click>", "https://evil.example/?a=b&c", "<mailto:a@b.example>",
	"<!date^1^{date}^https://evil.example|now>", "*bold*", "_it_", "~gone~", "`code`", "```pre", "> quote", "&lt;!channel&gt;", "&", ":tada:", "\n", "\r", "\t", "\x00", "\u202e", "\u2066", "\xff\xfe",
	"<", ">", "|", "@channel", "@here", "• ", "1. ", "日本語", "🔴", "e\u0301", strings.Repeat("x", 400), strings.Repeat("é", 4000), " ", "", "heap", "97 %"}

// The tokens that are ours in a message of the incident below, and data in a
// fixed font, in which nothing counts.
var (
	ownToken = regexp.MustCompile(`<!date\^\d+\^\{time\} \{date_short_pretty\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>|<https://example\.org/runbooks/checkout\|Runbook>`)
	fixed    = regexp.MustCompile("`[^`\n]+`")
	strong   = regexp.MustCompile(`\*[^*\n]+\*`)
)

// FuzzIncident: whatever is in an incident's texts and labels, its message states
// how bad, what, where and how much, and nothing of it becomes markup, a mention
// or a link.
func FuzzIncident(f *testing.F) {
	for _, s := range fragments {
		f.Add(s, uint8(3))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		var s strings.Builder
		for range 1 + random.IntN(6) {
			s.WriteString(fragments[random.IntN(len(fragments))])
		}
		f.Add(s.String(), uint8(random.IntN(120)))
	}
	f.Fuzz(func(t *testing.T, hostile string, labels uint8) {
		hostile = strings.ToValidUTF8(hostile, "\uFFFD") // no event carries anything else
		c := incident()
		c.Summary, c.Policy, c.Team = "slow: "+hostile, hostile, hostile
		c.Conditions[0].Text = "above 800 " + hostile
		c.Labels = []*eventv1.Label{{Name: "service", Value: "checkout"}, {Name: "env", Value: hostile}}
		for i := range labels {
			c.Labels = append(c.Labels, &eventv1.Label{Name: "l" + string(rune('a'+i%26)) + hostile, Value: hostile})
		}
		r := record.New(c.GetId())
		r.Apply(c)
		r.Acknowledge(record.Who{Backend: "mail", ID: hostile, Name: hostile}, began.Add(time.Minute), hostile)
		out := message.Incident(r, &record.Place{Channel: hostile, Note: hostile, Why: hostile}, message.View{Key: make(seal.Key, 32), Channel: "C0000000OPS", Now: began})

		text := summary(out)
		if !strings.HasPrefix(text, "CRITICAL: slow:") || !strings.Contains(text, "912 ms") || !strings.Contains(text, "checkout") {
			t.Errorf("the text does not say how bad, what, where and how much: %q", text)
		}
		if i := strings.IndexAny(text, "<>*~`\n"); i >= 0 || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxText {
			t.Errorf("text with markup, or too long: %q", text)
		}
		all := blocks(out)
		if len(all) > maxBlocks {
			t.Errorf("%d blocks", len(all))
		}
		for _, b := range all {
			for _, s := range markups(b) {
				rest := strong.ReplaceAllString(fixed.ReplaceAllString(ownToken.ReplaceAllString(s, ""), ""), "")
				if i := strings.IndexAny(rest, "<>*~`"); i >= 0 {
					t.Errorf("%q is markup in %q", rest[i:min(len(rest), i+30)], s)
				}
			}
		}
	})
}

// markups returns a block's texts in which markup counts.
func markups(b slack.Block) []string {
	var out []string
	add := func(o *slack.TextBlockObject) {
		if o != nil && o.Type == slack.MarkdownType {
			out = append(out, o.Text)
		}
	}
	switch b := b.(type) {
	case *slack.SectionBlock:
		add(b.Text)
		for _, o := range b.Fields {
			add(o)
		}
	case *slack.ContextBlock:
		for _, e := range b.ContextElements.Elements {
			if o, ok := e.(*slack.TextBlockObject); ok {
				add(o)
			}
		}
	}
	return out
}
