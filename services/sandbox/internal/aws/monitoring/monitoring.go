package monitoring

import (
	"context"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{
	Scope: "monitoring", IAM: "cloudwatch", Target: "GraniteServiceVersion20100801", Version: "2010-08-01",
	XMLNS: "http://monitoring.amazonaws.com/doc/2010-08-01/",
}

// Options are the switches.
type Options struct {
	Quotas     Quotas              `json:"quotas"`
	PagePoints int                 `json:"page_points"` // points in a page of GetMetricData, at most; 0 for what the caller says
	Links      map[string][]string `json:"links"`       // accounts that a monitoring account may read
}

// Quotas are calls and points a second, for one account in one region, in real time.
type Quotas struct {
	GetMetricData       float64 `json:"get_metric_data"`
	GetMetricStatistics float64 `json:"get_metric_statistics"`
	ListMetrics         float64 `json:"list_metrics"`
	PutMetricData       float64 `json:"put_metric_data"`
	DescribeAlarms      float64 `json:"describe_alarms"`
	PutMetricAlarm      float64 `json:"put_metric_alarm"`
	Points              float64 `json:"points"`     // of GetMetricData whose StartTime is within three hours
	OldPoints           float64 `json:"old_points"` // of others
}

// Defaults are AWS's published quotas, and an account that may read another one.
func Defaults() Options {
	return Options{
		Quotas: Quotas{
			GetMetricData: 50, GetMetricStatistics: 400, ListMetrics: 25, PutMetricData: 500, DescribeAlarms: 9, PutMetricAlarm: 3,
			Points: 180_000, OldPoints: 396_000,
		},
		Links: map[string][]string{world.Home: {"444455556666"}},
	}
}

// CloudWatch is the service in all accounts and regions.
type CloudWatch struct {
	world  *world.World
	notify func(world.Event)
	custom *custom
	alarms *alarms

	mu     sync.Mutex
	opt    Options
	limits map[limitKey]*limit
}

// New returns CloudWatch of w. What alarms do is told to notify.
func New(w *world.World, opt Options, notify func(world.Event)) *CloudWatch {
	c := &CloudWatch{world: w, notify: notify, custom: newCustom(), alarms: newAlarms(), opt: opt, limits: map[limitKey]*limit{}}
	c.firstAlarms()
	return c
}

// Options returns the switches.
func (c *CloudWatch) Options() Options {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opt
}

// SetOptions changes the switches, and forgets what was used of the quotas.
func (c *CloudWatch) SetOptions(opt Options) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opt, c.limits = opt, map[limitKey]*limit{}
}

// Register adds CloudWatch's operations to mux.
func (c *CloudWatch) Register(mux *wire.Mux) {
	for name, op := range map[string]operation{
		"ListMetrics": c.listMetrics, "GetMetricData": c.getMetricData, "GetMetricStatistics": c.getMetricStatistics,
		"PutMetricData": c.putMetricData, "DescribeAlarms": c.describeAlarms, "PutMetricAlarm": c.putMetricAlarm,
		"SetAlarmState": c.setAlarmState, "DeleteAlarms": c.deleteAlarms,
	} {
		mux.Handle(service, name, func(_ context.Context, r *wire.Request) (wire.Answer, error) {
			if err := c.world.Authorize(r, "", nil); err != nil {
				return nil, err
			}
			if !c.allow(r, 1) {
				return nil, wire.Throttled()
			}
			return op(r, world.Key{Account: r.Caller.Account, Region: r.Region})
		})
	}
}

type operation func(r *wire.Request, at world.Key) (wire.Answer, error)

// names of CloudWatch's errors, in Query and in JSON
func invalid(format string, args ...any) error {
	e := wire.Errorf("InvalidParameterValue", format, args...)
	e.JSON = "InvalidParameterValueException"
	return e
}

func combination(format string, args ...any) error {
	e := wire.Errorf("InvalidParameterCombination", format, args...)
	e.JSON = "InvalidParameterCombinationException"
	return e
}

func missing(name string) error {
	e := wire.Errorf("MissingParameter", "The parameter %s is required.", name)
	e.JSON = "MissingRequiredParameterException"
	return e
}

// metricOf reads a metric's namespace, name and dimensions.
func metricOf(n wire.Node) world.Metric {
	var dimensions []world.Dimension
	for _, d := range n.List("Dimensions") {
		dimensions = append(dimensions, world.Dimension{Name: d.Text("Name"), Value: d.Text("Value")})
	}
	return world.NewMetric(n.Text("Namespace"), n.Text("MetricName"), dimensions...)
}

func dimensionsOf(m world.Metric) []wire.Map {
	list := make([]wire.Map, len(m.Dimensions))
	for i, d := range m.Dimensions {
		list[i] = wire.Map{"Name": d.Name, "Value": d.Value}
	}
	return list
}

const day = 24 * time.Hour
