package monitoring

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

const (
	maxQueries = 500
	maxPoints  = 100_800
)

// points is one series, the oldest point first.
type points struct {
	at    []time.Time
	value []float64
}

// result is one series of GetMetricData's answer.
type result struct {
	id, label string
	points
	code     string // Complete, or Forbidden
	messages []wire.Map
}

func (c *CloudWatch) getMetricData(r *wire.Request, at world.Key) (wire.Answer, error) {
	now := c.world.Now()
	q, err := readQueries(r, at, now)
	if err != nil {
		return nil, err
	}
	most := r.Int("MaxDatapoints", maxPoints)
	if most < 1 || most > maxPoints {
		return nil, wire.Validation("The value %d for parameter MaxDatapoints is not valid. It must be between 1 and 100800.", most)
	}
	if page := c.Options().PagePoints; page > 0 {
		most = min(most, int64(page))
	}
	descending, err := scanBy(r)
	if err != nil {
		return nil, err
	}
	t := newToken(r, "StartTime", "EndTime", "ScanBy")
	next, err := readCursor(t, r.Text("NextToken"), len(q.list))
	if err != nil {
		return nil, err
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	metrics, count := c.prepare(q, at)
	r.Bill(metrics)
	if !c.allowPoints(r, count, now.Sub(q.start) > 3*time.Hour) {
		return nil, wire.Throttled()
	}
	var all []result
	for _, query := range q.list {
		if query.returned {
			all = append(all, c.evaluate(q, query)...)
		}
	}
	answer := wire.Map{"Messages": q.messages}
	results, cursor := page(all, next, int(most), descending)
	answer["MetricDataResults"] = results
	if cursor != nil {
		text, _ := json.Marshal(cursor) // two integers
		answer["NextToken"] = t.with(string(text))
	}
	return answer, nil
}

func scanBy(r *wire.Request) (descending bool, err error) {
	switch by := r.Text("ScanBy"); by {
	case "", "TimestampDescending":
		return true, nil
	case "TimestampAscending":
		return false, nil
	default:
		return false, wire.Validation("The value %s for parameter ScanBy is not valid.", by)
	}
}

// cursor is where the next page begins: at the result with this index, behind the
// point of this time. Positions by time hold while new points become visible.
type cursor struct {
	Result int   `json:"r"`
	Behind int64 `json:"t,omitempty"` // seconds since 1970; 0 for the beginning
}

func readCursor(t token, text string, queries int) (cursor, error) {
	var c cursor
	if text == "" {
		return c, nil
	}
	plain, err := t.text(text)
	if err != nil {
		return c, err
	}
	if json.Unmarshal([]byte(plain), &c) != nil || c.Result < 0 || c.Result > queries*maxSearch {
		return c, errToken()
	}
	return c, nil
}

// page returns at most `most` points from where c stands, and where the next page
// begins: nil after the last. Results of which a part follows are PartialData.
func page(all []result, c cursor, most int, descending bool) ([]wire.Map, *cursor) {
	out := []wire.Map{}
	var next *cursor
	for i := min(c.Result, len(all)); i < len(all); i++ {
		res := all[i]
		at, value := slices.Clone(res.at), slices.Clone(res.value)
		if descending {
			slices.Reverse(at)
			slices.Reverse(value)
		}
		if i == c.Result && c.Behind != 0 {
			skip := slices.IndexFunc(at, func(t time.Time) bool {
				return descending && t.Unix() < c.Behind || !descending && t.Unix() > c.Behind
			})
			if skip < 0 {
				skip = len(at)
			}
			at, value = at[skip:], value[skip:]
		}
		code := res.code
		if len(at) > most {
			code = "PartialData"
			if next == nil {
				next = &cursor{Result: i}
				switch {
				case most > 0:
					next.Behind = at[most-1].Unix()
				case i == c.Result:
					next.Behind = c.Behind
				}
			}
			at, value = at[:most], value[:most]
		} else if next != nil {
			code = "PartialData" // it comes with the next page
			at, value = nil, nil
		}
		most -= len(at)
		out = append(out, res.answer(code, at, value))
	}
	return out, next
}

func (res result) answer(code string, at []time.Time, value []float64) wire.Map {
	stamps, values := make(wire.List, len(at)), make(wire.List, len(at))
	for i := range at {
		stamps[i], values[i] = at[i], value[i]
	}
	m := wire.Map{"Id": res.id, "Label": res.label, "StatusCode": code, "Timestamps": stamps, "Values": values}
	if len(res.messages) > 0 {
		m["Messages"] = res.messages
	}
	return m
}

// prepare finds what expressions search for, and tells how many metrics and points
// are asked for.
func (c *CloudWatch) prepare(q *queries, at world.Key) (metrics int, points float64) {
	for _, query := range q.list {
		switch {
		case query.search != nil:
			found := c.metrics(at, query.search.filter())
			for _, l := range found {
				if query.search.has(l.Metric) {
					query.found = append(query.found, l.Metric)
				}
			}
			if len(query.found) > maxSearch {
				query.found = query.found[:maxSearch]
				q.messages = append(q.messages, wire.Map{
					"Code":  "MaxMetricsExceeded",
					"Value": "The query " + strconv.Quote(query.id) + " matched more than " + strconv.Itoa(maxSearch) + " metrics; only the first ones are returned.",
				})
			}
			metrics += len(query.found)
			points += float64(len(query.found)) * possible(q.start, q.end, query.search.period)
		case query.expression == nil:
			metrics++
			points += possible(q.start, q.end, query.period)
			if query.at.Account != at.Account && !slices.Contains(c.Options().Links[at.Account], query.at.Account) {
				query.forbidden = true
			}
		}
	}
	return metrics, points
}

// evaluate returns the series of a query: one, or those that a search found.
func (c *CloudWatch) evaluate(q *queries, query *query) []result {
	switch {
	case query.forbidden:
		return []result{{id: query.id, label: query.label, code: "Forbidden", messages: []wire.Map{{
			"Code": "Forbidden", "Value": "The account " + query.at.Account + " is not linked to this monitoring account.",
		}}}}
	case query.search != nil:
		var out []result
		for _, m := range query.found {
			label := query.label
			if label == "" {
				label = searchLabel(m)
			}
			out = append(out, result{id: query.id, label: label, code: "Complete", points: c.read(q, query.at, m, "", query.search.statistic, query.search.period)})
		}
		return out
	}
	return []result{{id: query.id, label: query.name(), code: "Complete", points: c.series(q, query)}}
}

// series is the one series of a query that is no search, computed once.
func (c *CloudWatch) series(q *queries, query *query) points {
	if query.done {
		return query.values
	}
	query.done = true
	if query.expression == nil {
		query.values = c.read(q, query.at, query.metric, query.unit, query.statistic, query.period)
		return query.values
	}
	query.values = query.expression.eval(func(id string) points { return c.series(q, q.byID[id]) })
	return query.values
}

// read is a metric's statistic over the request's time.
func (c *CloudWatch) read(q *queries, at world.Key, m world.Metric, unit string, s statistic, period time.Duration) points {
	var p points
	if unit != "" {
		if has, _ := c.unitOf(at, m); has != unit {
			return p
		}
	}
	for _, b := range c.buckets(at, m, q.start, q.end, period) {
		p.at = append(p.at, b.Start)
		p.value = append(p.value, s(b))
	}
	return p
}
