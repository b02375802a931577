// Package maintenance says when a maintenance window is open: once, or again
// and again on days of the week by a clock on the wall. It is pure.
//
//	{name: "reboot db", matchers: [tier=db], recurrence: {days: [sat], from: "02:00", to: "04:00", zone: Europe/Berlin}}
//
// A span begins and ends when the zone's clock shows the time. On the night on
// which clocks go forward a time that the clock skips is taken as that much
// later: 02:30 is 03:30. On the night on which they go back a time that comes
// twice is its first. So a span from 01:00 to 04:00 is two hours long on the one
// night and four on the other, as the people who asked for it see it.
//
// [Parse] reads when a window is as people write it. [Spans] gives the spans as silences, so that what is decided about one is
// decided about the other by the same code.
//
// The windows are in the maintenance bucket; every change is compare-and-set.
// The notifier tells that one was planned, begins, is extended and ends, each
// once, in the channels of the open incidents that it matches, else in the
// default one. A span whose end nobody was there to tell is told to have ended
// for an hour. Windows that are over are removed after a week.
package maintenance
