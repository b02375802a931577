// Package prometheus makes policies of Prometheus' alerting rules, as rule files
// and as the operator's PrometheusRule.
//
//	r := prometheus.Import([]prometheus.File{{Name: "rules.yml", Data: data}})
//
// Expressions are read by Prometheus' own parser. What our language cannot say
// is refused with the reason; what it says in a slightly other way is noted at
// the policy. Of Prometheus only promql/parser is linked: its reader of rule
// files would bring the query engine and Kubernetes' client along, 9 MB more, so
// files are read here, as strictly.
//
// # What becomes what
//
// A metric keeps its name and its labels. A comparison becomes above, below,
// equals, a rate, a count or share of a group, or an expression; `and` becomes
// all, with `on` by these labels; `or` any. max and min by labels become `by`,
// since a condition holds on a group when it holds on one series (or on all: a
// share); so does a sum of what is never negative that is above 0. A comparison
// within a number has to hold too. absent is about all series that came once. A
// recording rule that keeps series apart is put in where it is used.
//
// What else adds up, averages or joins series is refused: a policy judges each
// series by itself, and what partitions tell each other is which conditions hold,
// not all their values.
//
// Everything is pure and safe for any number of goroutines; what is read is
// bounded in size, depth and number.
package prometheus
