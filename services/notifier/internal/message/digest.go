package message

import (
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Listed is how many finds a digest names.
const Listed = 20

// Digest returns a day's message about what is wasted and what was saved.
func Digest(d *record.Digest) chat.Content {
	text := "Nothing is wasted, as far as Parley can see"
	switch n := len(d.Finds) + d.More; {
	case n > 0 && d.Total == 0:
		text = "Paid for and not used: " + things(n)
	case n > 0:
		text = fmt.Sprintf("Paid for and not used: %s, about %s a month", things(n), savings.USD(d.Total))
	}
	out := chat.Content{Title: "💰 " + text, Text: text}
	if len(d.Finds) > 0 {
		out.Parts = append(out.Parts, FindLines(d.Finds, d.More, d.Unpriced))
	}
	out.Parts = append(out.Parts, SavedLines(d.Month, d.Ever, d.At))
	if d.Watching > 0 {
		out.Parts = append(out.Parts, chat.Lines{{chat.P("Watching AWS cost " + savings.USD(d.Watching) + " this month so far")}})
	}
	out.Parts = append(out.Parts, chat.Note{{chat.P(savings.Note() + "; the storage of what is stopped is still paid for")},
		{chat.C("/parley idle"), chat.P(" lists this at any time, "), chat.C("/parley cost"), chat.P(" says what watching costs")}})
	return out
}

func things(n int) string {
	if n == 1 {
		return "1 thing"
	}
	return count(n) + " things"
}

// FindLines lists finds, the dearest first.
func FindLines(finds []savings.Find, more, unpriced int) chat.Lines {
	var lines chat.Lines
	for _, f := range finds {
		line := chat.Line{chat.P("• ")}
		if f.Priced {
			line = append(line, chat.B(savings.USD(f.USDMonth)+"/month"))
		} else {
			line = append(line, chat.B("price unknown"))
		}
		line = append(line, chat.P(" "+Cut(f.Name, 80)+": "+f.What()+" for "+length(f)+", "))
		if f.Owner != "" {
			line = append(line, chat.P("owner "+Cut(f.Owner, 60)))
		} else {
			line = append(line, chat.P("no owner named"))
		}
		line = append(line, chat.P(" · "+f.Account+" "+f.Region+" "), chat.C(Short(f.Incident)))
		lines = append(lines, line)
	}
	if more > 0 {
		lines = append(lines, chat.Line{chat.P("… and " + count(more) + " more")})
	}
	if unpriced > 0 {
		lines = append(lines, chat.Line{chat.P(fmt.Sprintf("The price of %s is not known and not in the sum.", things(unpriced)))})
	}
	return lines
}

// SavedLines says what runs saved.
func SavedLines(month, ever savings.Saved, at time.Time) chat.Lines {
	if ever.Runs == 0 {
		return chat.Lines{{chat.P("Nothing was stopped with Parley yet, so nothing was saved.")}}
	}
	lines := chat.Lines{{chat.P("Saved this month: "), chat.B(savings.USD(month.USD)), chat.P(", ever (since " + ever.Since.In(at.Location()).Format("2 Jan 2006") + "): "), chat.B(savings.USD(ever.USD))}}
	if ever.USDPerHour > 0 {
		lines = append(lines, chat.Line{chat.P("What is stopped now saves " + savings.USD(ever.USDPerHour) + " an hour. Counted until Parley starts it again, at most 30 days each.")})
	}
	return lines
}
