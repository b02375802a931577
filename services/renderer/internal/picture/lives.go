package picture

import (
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
)

// changeTones are how lives look by what becomes of them.
var changeTones = map[eventv1.Life_Change]chart.Tone{
	eventv1.Life_CHANGE_UNSPECIFIED: chart.ToneInfo, eventv1.Life_CHANGE_SAME: chart.ToneNone,
	eventv1.Life_CHANGE_VANISHES: chart.ToneGood, eventv1.Life_CHANGE_APPEARS: chart.ToneCritical,
}

// Lives returns the picture of when incidents were open.
func Lives(q *eventv1.DrawQuery, look Look) Drawing {
	of := q.GetLives()
	d := Drawing{Spec: chart.Spec{Kind: chart.KindLives, Title: of.GetTitle(), Subtitle: of.GetSubtitle(), From: q.GetFrom().AsTime(), To: q.GetTo().AsTime(),
		Location: look.Location, Theme: look.Theme}}
	d.Alt = of.GetTitle() + ": " + of.GetSubtitle()
	var words []string
	for _, l := range of.GetLanes() {
		lane := chart.Lane{Name: l.GetName(), Note: l.GetNote()}
		for _, x := range l.GetLives() {
			lane.Lives = append(lane.Lives, chart.Life{From: x.GetFrom().AsTime(), To: instant(x.GetTo()), Tone: changeTones[x.GetChange()]})
		}
		d.Spec.Lanes = append(d.Spec.Lanes, lane)
		words = append(words, l.GetName()+" "+l.GetNote())
	}
	if len(words) > 0 {
		d.Alt += ". " + strings.Join(words, ", ")
	}
	return d
}
