// Package renderer draws the pictures that go with messages.
//
// It reads incident changes from ALERTS with its own durable, asks the
// evaluator that owns the series for their recent history, draws (package
// internal/chart, what to draw is internal/picture's) and publishes a
// ChartRendered on notify.chart.<incident>, which the notifier edits into the
// message that people have already got. It also reads runs from RUNS, and
// draws a metric before and after an action whose effect was looked at.
//
// It also answers on query.draw: a picture of any metric, for a person who
// asked, in words when there is none. Of several renderers one answers; a few
// are drawn at a time, a few more wait, and the rest is refused at once.
//
//	service.Main(bus.Dial(), renderer.Service())
//
// # Guarantees
//
// Text never waits for a picture: a renderer that is slow, stopped or failing
// costs pictures only. A picture may be published twice with the same message
// id (chart/<incident>/<version>, chart/<incident>/run/<run>), which is once.
//
// Of several versions of one incident that wait at the same time only the
// newest is drawn, and never an older one after a newer one by the same
// instance; between instances the version in the message decides. When many
// incidents open at once, the most severe are drawn first, and those that find
// no place among the waiting go without until their next change (five minutes
// later at most, while open). Changes older than a quarter of an hour are not
// drawn at all. What was left out is counted in renderer_skipped_total.
//
// An evaluator that does not answer (its partition is between owners) is asked
// again with the consumer's back-off, eleven minutes long. When the process stops, what waits is
// handed back at once and what is being drawn is finished.
package renderer
