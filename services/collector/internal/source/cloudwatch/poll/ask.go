package poll

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/plan"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
)

// abreast is how many calls of a target are under way at a time.
const abreast = 4

// maxPages bounds what one call may bring: far more than its points need.
const maxPages = 50

// ask makes the calls, and returns what was answered and what went wrong.
func ask(ctx context.Context, t *target.Target, calls []plan.Call) ([]answer, error) {
	do := askData
	if t.Account.FreeTier {
		do = askStatistics
	}
	results := make([][]answer, len(calls))
	errs := make([]error, len(calls))
	slots := make(chan struct{}, abreast)
	var wg sync.WaitGroup
	for i, c := range calls {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				errs[i] = ctx.Err()
				return
			}
			results[i], errs[i] = do(ctx, t, c)
		})
	}
	wg.Wait()
	var out []answer
	for _, r := range results {
		out = append(out, r...)
	}
	return out, first(errs)
}

// first returns one of the errors, and how many more there are: they are alike.
func first(errs []error) error {
	var one error
	n := 0
	for _, err := range errs {
		if err != nil {
			if one == nil {
				one = err
			}
			n++
		}
	}
	return one
}

// askData makes one call of GetMetricData, with all of its pages.
func askData(ctx context.Context, t *target.Target, c plan.Call) ([]answer, error) {
	in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(c.From), EndTime: aws.Time(c.To), ScanBy: cwtypes.ScanByTimestampAscending,
		MetricDataQueries: make([]cwtypes.MetricDataQuery, len(c.Asks))}
	answers := make([]answer, len(c.Asks))
	for i, a := range c.Asks {
		answers[i] = answer{ask: a, values: map[int64]float64{}, partial: true}
		in.MetricDataQueries[i] = query(i, a.Query)
	}
	var problems []error
	for range maxPages {
		out, err := t.CloudWatch().GetMetricData(ctx, in)
		if err != nil {
			// What earlier pages brought counts; whether it was all nobody knows.
			return answers, t.Explain(err, "cloudwatch:GetMetricData")
		}
		for i := range out.MetricDataResults {
			if err := take(answers, &out.MetricDataResults[i]); err != nil {
				problems = append(problems, t.Explain(err, "cloudwatch:GetMetricData"))
			}
		}
		for _, m := range out.Messages {
			t.Log().Debug("cloudwatch says", "code", aws.ToString(m.Code), "text", aws.ToString(m.Value))
		}
		if aws.ToString(out.NextToken) == "" {
			return answers, first(problems)
		}
		in.NextToken = out.NextToken
	}
	return answers, fmt.Errorf("AWS account %s, %s, cloudwatch:GetMetricData: more than %d pages", t.Account, t.Region, maxPages)
}

// query is a query in CloudWatch's words, with its place in the call as its id.
func query(i int, q *plan.Query) cwtypes.MetricDataQuery {
	out := cwtypes.MetricDataQuery{Id: aws.String("m" + strconv.Itoa(i)), ReturnData: aws.Bool(true),
		MetricStat: &cwtypes.MetricStat{Stat: aws.String(q.Statistic), Period: aws.Int32(int32(q.Period.Seconds())),
			Metric: &cwtypes.Metric{Namespace: aws.String(q.Namespace), MetricName: aws.String(q.Name), Dimensions: dimensions(q)}}}
	if q.Owner != "" {
		out.AccountId = aws.String(q.Owner)
	}
	return out
}

func dimensions(q *plan.Query) []cwtypes.Dimension {
	out := make([]cwtypes.Dimension, len(q.Dimensions))
	for i, d := range q.Dimensions {
		out[i] = cwtypes.Dimension{Name: aws.String(d.Name), Value: aws.String(d.Value)}
	}
	return out
}

// errResult: CloudWatch could not read one metric of a call.
var errResult = errors.New("CloudWatch did not answer for all metrics")

// take brings one result, of one page, to its answer.
func take(answers []answer, r *cwtypes.MetricDataResult) error {
	i, err := strconv.Atoi(strings.TrimPrefix(aws.ToString(r.Id), "m"))
	if err != nil || i < 0 || i >= len(answers) {
		return fmt.Errorf("%w: a result with the unknown id %.20q", errResult, aws.ToString(r.Id))
	}
	a := &answers[i]
	for k := range min(len(r.Timestamps), len(r.Values)) {
		a.values[r.Timestamps[k].Unix()] = r.Values[k]
	}
	a.partial = r.StatusCode != cwtypes.StatusCodeComplete
	if r.StatusCode == cwtypes.StatusCodeInternalError || r.StatusCode == cwtypes.StatusCodeForbidden {
		text := string(r.StatusCode)
		for _, m := range r.Messages {
			text += ", " + aws.ToString(m.Value)
		}
		return fmt.Errorf("%w: %s of %s: %s", errResult, a.ask.Query.Name, a.ask.Query.Namespace, text)
	}
	return nil
}

// askStatistics asks for the same with GetMetricStatistics, which is free for a
// million requests a month, one metric at a time with all of its statistics.
func askStatistics(ctx context.Context, t *target.Target, c plan.Call) ([]answer, error) {
	type one struct {
		resource uint64
		name     string
		period   time.Duration
	}
	groups := map[one][]int{}
	var order []one
	for i, a := range c.Asks {
		k := one{a.Query.Resource, a.Query.Name, a.Query.Period}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], i)
	}
	var out []answer
	for _, k := range order {
		q := c.Asks[groups[k][0]].Query
		in := &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String(q.Namespace), MetricName: aws.String(q.Name), Dimensions: dimensions(q),
			StartTime: aws.Time(c.From), EndTime: aws.Time(c.To), Period: aws.Int32(int32(q.Period.Seconds()))}
		for _, i := range groups[k] {
			if s := c.Asks[i].Query.Statistic; plain(s) {
				in.Statistics = append(in.Statistics, cwtypes.Statistic(s))
			} else {
				in.ExtendedStatistics = append(in.ExtendedStatistics, s)
			}
		}
		got, err := t.CloudWatch().GetMetricStatistics(ctx, in)
		if err != nil {
			return out, t.Explain(err, "cloudwatch:GetMetricStatistics")
		}
		for _, i := range groups[k] {
			a := answer{ask: c.Asks[i], values: map[int64]float64{}}
			for _, p := range got.Datapoints {
				if v, ok := statistic(&p, a.ask.Query.Statistic); ok {
					a.values[aws.ToTime(p.Timestamp).Unix()] = v
				}
			}
			out = append(out, a)
		}
	}
	return out, nil
}

// plain reports whether a statistic is one of the five, not a percentile.
func plain(s string) bool {
	for _, p := range cwtypes.Statistic("").Values() {
		if string(p) == s {
			return true
		}
	}
	return false
}

func statistic(p *cwtypes.Datapoint, name string) (float64, bool) {
	var v *float64
	switch cwtypes.Statistic(name) {
	case cwtypes.StatisticAverage:
		v = p.Average
	case cwtypes.StatisticSum:
		v = p.Sum
	case cwtypes.StatisticMinimum:
		v = p.Minimum
	case cwtypes.StatisticMaximum:
		v = p.Maximum
	case cwtypes.StatisticSampleCount:
		v = p.SampleCount
	default:
		x, ok := p.ExtendedStatistics[name]
		return x, ok
	}
	return aws.ToFloat64(v), v != nil
}
