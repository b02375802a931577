package monitoring

import (
	"regexp"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// queries are those of one GetMetricData.
type queries struct {
	start, end time.Time
	list       []*query
	byID       map[string]*query
	messages   []wire.Map
}

// query is one MetricDataQuery: a metric, an expression, or a search.
type query struct {
	id, label string
	returned  bool
	at        world.Key

	metric    world.Metric
	unit      string
	statistic statistic
	period    time.Duration

	expression *expression
	search     *search
	found      []world.Metric // by the search
	forbidden  bool           // of an account that is not linked

	values points
	done   bool
}

// name is the label of the query's series.
func (q *query) name() string {
	switch {
	case q.label != "":
		return q.label
	case q.expression != nil:
		return q.id
	}
	return q.metric.Name
}

var idPattern = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

// readQueries reads GetMetricData's input and checks it as CloudWatch does.
func readQueries(r *wire.Request, at world.Key, now time.Time) (*queries, error) {
	list := r.List("MetricDataQueries")
	switch {
	case len(list) == 0:
		return nil, wire.Validation("The parameter MetricDataQueries is required.")
	case len(list) > maxQueries:
		return nil, wire.Validation("The collection MetricDataQueries must not have a size greater than %d.", maxQueries)
	case !r.Has("StartTime"):
		return nil, wire.Validation("The parameter StartTime is required.")
	case !r.Has("EndTime"):
		return nil, wire.Validation("The parameter EndTime is required.")
	}
	q := &queries{start: start(r.Time("StartTime"), now), end: r.Time("EndTime"), byID: map[string]*query{}, messages: []wire.Map{}}
	if !q.start.Before(q.end) {
		return nil, wire.Validation("The parameter StartTime must be less than the parameter EndTime.")
	}
	for _, n := range list {
		one, err := readQuery(n, at)
		if err != nil {
			return nil, err
		}
		if q.byID[one.id] != nil {
			return nil, wire.Validation("The values for parameter id in MetricDataQueries are not unique.")
		}
		q.byID[one.id] = one
		q.list = append(q.list, one)
	}
	return q, q.check()
}

func readQuery(n wire.Node, at world.Key) (*query, error) {
	q := &query{id: n.Text("Id"), label: n.Text("Label"), returned: !n.Has("ReturnData") || n.Bool("ReturnData"), at: at}
	if !idPattern.MatchString(q.id) || len(q.id) > 255 {
		return nil, wire.Validation("The value %s for parameter Id is not matching the expected pattern %s.", q.id, idPattern)
	}
	if account := n.Text("AccountId"); account != "" {
		q.at.Account = account
	}
	text := n.Text("Expression")
	stat := n.Get("MetricStat")
	if (text != "") == stat.Is() {
		return nil, wire.Validation("Exactly one of MetricStat and Expression must be given for the query with Id %s.", q.id)
	}
	if text != "" {
		return q, q.readExpression(text, n.Int("Period", 0))
	}
	q.metric, q.unit = metricOf(stat.Get("Metric")), stat.Text("Unit")
	period := stat.Int("Period", 0)
	switch {
	case q.metric.Namespace == "" || q.metric.Name == "":
		return nil, wire.Validation("The parameters MetricStat.Metric.Namespace and MetricStat.Metric.MetricName are required for the query with Id %s.", q.id)
	case len(q.metric.Dimensions) > 30:
		return nil, wire.Validation("The collection Dimensions must not have a size greater than 30.")
	case !periodOK(period):
		return nil, wire.Validation("The value %d for parameter Period is not valid. It must be 1, 5, 10, 20, 30 or a multiple of 60.", period)
	}
	q.period = time.Duration(period) * time.Second
	var ok bool
	if q.statistic, ok = statisticOf(stat.Text("Stat")); !ok {
		return nil, wire.Validation("The value %s for parameter MetricStat.Stat is not supported. The local account has Average, Sum, Minimum, Maximum, SampleCount and p0 to p100.", stat.Text("Stat"))
	}
	return q, nil
}

func (q *query) readExpression(text string, period int64) error {
	if len(text) > 2048 {
		return wire.Validation("Member must have length less than or equal to 2048: Expression of the query with Id %s.", q.id)
	}
	var err error
	if isSearch(text) {
		q.search, err = parseSearch(text, period)
	} else {
		q.expression, err = parseExpression(text)
	}
	if err != nil {
		return wire.Validation("Error in expression '%s': %v", q.id, err)
	}
	return nil
}

// check resolves what expressions name, and refuses circles.
func (q *queries) check() error {
	returned := false
	for _, one := range q.list {
		returned = returned || one.returned
		if err := q.follow(one, map[string]bool{}, 0); err != nil {
			return err
		}
	}
	if !returned {
		return wire.Validation("At least one query must have ReturnData set to true.")
	}
	return nil
}

// maxChain bounds how many expressions hang on one another.
const maxChain = 20

func (q *queries) follow(one *query, above map[string]bool, depth int) error {
	if one.expression == nil {
		return nil
	}
	if above[one.id] || depth > maxChain {
		return wire.Validation("Error in expression '%s': the expression refers to itself, or is nested too deep", one.id)
	}
	above[one.id] = true
	defer delete(above, one.id)
	for _, id := range one.expression.ids {
		to := q.byID[id]
		switch {
		case to == nil:
			return wire.Validation("Error in expression '%s': there is no query with Id %s", one.id, id)
		case to.search != nil:
			return wire.Validation("Error in expression '%s': %s is a SEARCH, which the local account does not compute with", one.id, id)
		}
		if err := q.follow(to, above, depth+1); err != nil {
			return err
		}
	}
	return nil
}
