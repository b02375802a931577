package target

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/smithy-go"
	smithymw "github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/aws/smithy-go/transport/http/protocol/awsquery"

	"github.com/parley-ops/parley/services/internal/account"
)

// CloudWatch is what is read of CloudWatch; [cloudwatch.Client] is one.
type CloudWatch interface {
	GetMetricData(context.Context, *cloudwatch.GetMetricDataInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error)
	GetMetricStatistics(context.Context, *cloudwatch.GetMetricStatisticsInput, ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricStatisticsOutput, error)
	ListMetrics(context.Context, *cloudwatch.ListMetricsInput, ...func(*cloudwatch.Options)) (*cloudwatch.ListMetricsOutput, error)
}

// Config returns the account's configuration for the region; every client made
// of it keeps to the target's limits.
func (t *Target) Config() aws.Config { return t.aws }

// CloudWatch returns the target's client, limited and metered. It does not try
// again by itself.
func (t *Target) CloudWatch() CloudWatch { return t.watch }

// EC2 returns the target's client. It is no method: a method's results are known to
// reflection, and with a client all of its operations, which are 25 MB of binary.
func EC2(t *Target) *ec2.Client { return ec2.NewFromConfig(t.aws) }

// ELB returns the target's client of load balancers.
func ELB(t *Target) *elasticloadbalancingv2.Client {
	return elasticloadbalancingv2.NewFromConfig(t.aws)
}

// RDS returns the target's client.
func RDS(t *Target) *rds.Client { return rds.NewFromConfig(t.aws) }

// Tagging returns the target's client of the tags of all services.
func Tagging(t *Target) *resourcegroupstaggingapi.Client {
	return resourcegroupstaggingapi.NewFromConfig(t.aws)
}

// metered is CloudWatch within the limits, on the meter.
type metered struct {
	api    CloudWatch
	target *Target
	data   *pace
	points *pace
	other  *pace
}

func newMetered(c Config, t *Target) *metered {
	l := c.Limits
	if l == (Limits{}) {
		l = DefaultLimits()
	}
	api := c.API
	if api == nil {
		api = newClient(c)
	}
	return &metered{api: api, target: t, data: newPace(l.DataCalls, max(1, int(l.DataCalls/5))),
		points: newPace(l.Points, MaxPoints), other: newPace(l.OtherCalls, max(1, int(l.OtherCalls/2)))}
}

// newClient speaks the protocol that was chosen. A call is tried once: who
// asks knows when to ask again, and what for.
func newClient(c Config) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(c.AWS, func(o *cloudwatch.Options) {
		o.RetryMaxAttempts = 1
		o.Retryer = aws.NopRetryer{}
		switch c.Protocol {
		case account.JSON:
			o.Protocol = awsjson.New11(schemas.GraniteServiceVersion20100801)
		case account.Query:
			o.Protocol = awsquery.New(schemas.GraniteServiceVersion20100801)
		}
	})
}

// GetMetricData asks, once the limits allow it.
func (m *metered) GetMetricData(ctx context.Context, in *cloudwatch.GetMetricDataInput, opts ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricDataOutput, error) {
	n, metrics := points(in)
	if n > MaxPoints && in.NextToken == nil {
		return nil, errTooBig
	}
	if err := m.data.wait(ctx, 1); err != nil {
		return nil, err
	}
	if err := m.points.wait(ctx, n); err != nil {
		return nil, err
	}
	out, err := m.api.GetMetricData(ctx, in, opts...)
	if err == nil {
		m.target.learn(out.ResultMetadata)
	}
	// A further page is a further request, of nothing more.
	if in.NextToken != nil {
		metrics = 0
	}
	if charged(err) {
		m.target.cfg.Meter.Data(time.Now(), metrics)
	}
	m.target.counted("GetMetricData", metrics, err, m.data, m.points)
	return out, err
}

// charged reports whether a call with this result costs something: one that AWS
// refused does not, one whose answer did not come may.
func charged(err error) bool {
	var refused smithy.APIError
	return !errors.As(err, &refused)
}

// points estimates, as AWS does, how many there could be, and how many metrics
// are asked for.
func points(in *cloudwatch.GetMetricDataInput) (points, metrics int) {
	span := aws.ToTime(in.EndTime).Sub(aws.ToTime(in.StartTime))
	for _, q := range in.MetricDataQueries {
		if q.MetricStat == nil {
			continue
		}
		metrics++
		period := time.Duration(aws.ToInt32(q.MetricStat.Period)) * time.Second
		points += int((span + period - 1) / max(period, time.Second))
	}
	return points, metrics
}

// GetMetricStatistics asks, once the limits allow it.
func (m *metered) GetMetricStatistics(ctx context.Context, in *cloudwatch.GetMetricStatisticsInput, opts ...func(*cloudwatch.Options)) (*cloudwatch.GetMetricStatisticsOutput, error) {
	if err := m.data.wait(ctx, 1); err != nil {
		return nil, err
	}
	out, err := m.api.GetMetricStatistics(ctx, in, opts...)
	if err == nil {
		m.target.learn(out.ResultMetadata)
	}
	if charged(err) {
		m.target.cfg.Meter.Statistics(time.Now())
	}
	m.target.counted("GetMetricStatistics", 0, err, m.data)
	return out, err
}

// ListMetrics asks, once the limits allow it.
func (m *metered) ListMetrics(ctx context.Context, in *cloudwatch.ListMetricsInput, opts ...func(*cloudwatch.Options)) (*cloudwatch.ListMetricsOutput, error) {
	if err := m.other.wait(ctx, 1); err != nil {
		return nil, err
	}
	out, err := m.api.ListMetrics(ctx, in, opts...)
	if err == nil {
		m.target.learn(out.ResultMetadata)
	}
	if charged(err) {
		m.target.cfg.Meter.List(time.Now())
	}
	m.target.counted("ListMetrics", 0, err, m.other)
	return out, err
}

// counted tells the metrics and the paces how a call went.
func (t *Target) counted(operation string, metrics int, err error, paces ...*pace) {
	throttled := err != nil && t.Throttled(err)
	t.cfg.Metrics.called(t.Key(), operation, metrics, throttled)
	for _, p := range paces {
		if throttled {
			p.slower()
		} else if err == nil {
			p.faster()
		}
	}
}

// withLimits returns the configuration with a limit for each service, counted
// for each attempt.
func withLimits(c aws.Config, t *Target) aws.Config {
	l := t.cfg.Limits
	if l == (Limits{}) {
		l = DefaultLimits()
	}
	c = c.Copy()
	all := newPace(l.OtherCalls, max(1, int(l.OtherCalls/2)))
	c.APIOptions = append(append([]func(*smithymw.Stack) error(nil), c.APIOptions...), func(s *smithymw.Stack) error {
		return s.Finalize.Insert(smithymw.FinalizeMiddlewareFunc("ParleyLimit",
			func(ctx context.Context, in smithymw.FinalizeInput, next smithymw.FinalizeHandler) (smithymw.FinalizeOutput, smithymw.Metadata, error) {
				if err := all.wait(ctx, 1); err != nil {
					return smithymw.FinalizeOutput{}, smithymw.Metadata{}, err
				}
				out, meta, err := next.HandleFinalize(ctx, in)
				t.counted(middleware.GetOperationName(ctx), 0, err, all)
				t.learn(meta)
				return out, meta, err
			}), "Retry", smithymw.After)
	})
	return c
}
