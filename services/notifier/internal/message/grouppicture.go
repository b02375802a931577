package message

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// picture is the lead's, with words that say whose it is and how old.
func (g Group) picture() []chat.Part {
	r := g.Lead
	if r == nil || r.Chart == nil || r.Chart.File == "" || r.Incident() == nil {
		return nil
	}
	finding := record.Finding(r.Incident())
	line := chat.Line{chat.P("chart: " + icon(r) + " " + Cut(finding, 200) + " "), chat.C(Short(r.ID))}
	if !r.Chart.At.IsZero() {
		line = append(line, chat.P(", as of "), chat.T(r.Chart.At))
	}
	return []chat.Part{chat.Image{File: r.Chart.File, Alt: or(r.Chart.Alt, finding)}, chat.Note{line}}
}
