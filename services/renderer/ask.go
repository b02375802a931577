package renderer

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/picture"
)

// forPeople is how long the owners of series may take when a person waits.
const forPeople = 4 * time.Second

// maxAnswer is up to what size in bytes a picture fits into an answer.
const maxAnswer = 900 << 10

// draw answers a person's request for a picture of a metric.
func (d *drawer) draw(ctx context.Context, q *eventv1.DrawQuery) (a *eventv1.DrawAnswer) {
	defer func() {
		if p := recover(); p != nil { // a bug, which costs this picture only
			d.log.Error("draw: panic", "err", fmt.Sprintf("%v\n%s", p, debug.Stack()))
			a = &eventv1.DrawAnswer{Error: "the picture could not be drawn"}
		}
	}()
	if q.GetName() == "" && q.GetLives() == nil || q.GetFrom() == nil || q.GetTo() == nil || !q.GetTo().AsTime().After(q.GetFrom().AsTime()) {
		return &eventv1.DrawAnswer{Error: "the request names no metric, or no time"}
	}
	actx, cancel := context.WithTimeout(ctx, forPeople)
	defer cancel()
	select {
	case d.asked <- struct{}{}:
		defer func() { <-d.asked }()
	case <-actx.Done():
		return &eventv1.DrawAnswer{Error: "too many pictures are asked for at the moment"}
	}
	var drawing picture.Drawing
	if q.GetLives() != nil {
		drawing = picture.Lives(q, d.look)
	} else {
		var refused string
		if drawing, refused = d.graph(actx, q); refused != "" {
			return &eventv1.DrawAnswer{Error: refused}
		}
	}
	start := time.Now()
	png, err := chart.Render(drawing.Spec)
	if err != nil {
		d.log.Error("picture not drawn", "err", err)
		return &eventv1.DrawAnswer{Error: "the picture could not be drawn"}
	}
	if len(png) > maxAnswer {
		return &eventv1.DrawAnswer{Error: "the picture is too large: ask for fewer series"}
	}
	d.met.seconds.Observe(time.Since(start).Seconds())
	d.met.bytes.Observe(float64(len(png)))
	d.met.charts.WithLabelValues("asked").Inc()
	width, height := drawing.Spec.Size()
	return &eventv1.DrawAnswer{Png: png, Title: drawing.Spec.Title, AltText: drawing.Alt, Note: drawing.Note,
		WidthPx: uint32(width), HeightPx: uint32(height)}
}

// graph returns the picture of a metric, or why there is none.
func (d *drawer) graph(ctx context.Context, q *eventv1.DrawQuery) (drawing picture.Drawing, refused string) {
	answers, err := bus.QueryAll(ctx, d.bus, &eventv1.Query{Query: &eventv1.Query_History{History: picture.GraphAsk(q)}})
	if len(answers) == 0 && err != nil {
		d.met.skipped.WithLabelValues("no answer").Inc()
		return drawing, "no evaluator answers at the moment: it has the history"
	}
	var found []*eventv1.SeriesHistory
	for _, x := range answers {
		found = append(found, x.GetSeries()...)
	}
	drawing, ok := picture.Graph(q, found, d.look)
	if !ok {
		d.met.skipped.WithLabelValues("no history").Inc()
		return drawing, "there is no data to draw"
	}
	if err != nil {
		missing := fmt.Sprintf("%d of %d partitions did not answer: this may be incomplete", bus.Partitions-len(answers), bus.Partitions)
		if drawing.Note != "" {
			missing = drawing.Note + "; " + missing
		}
		drawing.Note = missing
	}
	return drawing, ""
}
