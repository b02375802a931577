package cloudwatch

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// aws is a stand-in for AWS behind a RoundTripper: CloudWatch in JSON, and as
// much of STS, EC2 and tagging as the source needs. Buckets of a minute, seen 90
// s after their end unless said otherwise.
type aws struct {
	t testing.TB

	mu sync.Mutex
	// metrics by account, "" for that of the process.
	metrics map[string][]fakeMetric
	// changes of a bucket's value: when it is seen to have which value.
	changes map[bucket][]change
	// fail is asked before each call; a code of AWS is the answer.
	fail func(account, region, action string) string
	// stopped instances.
	stopped map[string]bool
	// tags of instances.
	tags  map[string]map[string]string
	calls []call
	// ahead of this machine's clock is AWS'.
	ahead time.Duration
}

type fakeMetric struct{ Namespace, Name, Dimension, Resource string }

type bucket struct {
	name, resource string
	at             int64
}

type change struct {
	at    time.Time
	value float64
}

// call is one that was answered.
type call struct {
	account, region, action string
	at                      time.Time
	queries                 []string // name/statistic/resource@from-to
}

func newAWS(t testing.TB) *aws {
	return &aws{t: t, metrics: map[string][]fakeMetric{}, changes: map[bucket][]change{}, stopped: map[string]bool{}}
}

// instances adds the metric for instances i-<from>… of an account.
func (f *aws) instances(account, name string, n int) {
	for i := range n {
		f.metrics[account] = append(f.metrics[account], fakeMetric{"AWS/EC2", name, "InstanceId", fmt.Sprintf("i-%03d", i)})
	}
}

// value of a bucket, when nothing is said of it.
func value(name, resource string, at int64) float64 {
	return float64(at/60%1000) + float64(len(name)) + float64(resource[len(resource)-1])
}

// seen returns a bucket's value now, and whether it is there.
func (f *aws) seen(name, resource string, at int64, period int64, now time.Time) (float64, bool) {
	sum, ok := 0.0, false
	for m := at; m < at+period; m += 60 {
		changes, said := f.changes[bucket{name, resource, m}]
		if !said {
			changes = []change{{time.Unix(m+60+90, 0), value(name, resource, m)}}
		}
		for _, c := range slices.Backward(changes) {
			if !now.Before(c.at) {
				sum, ok = sum+c.value, true
				break
			}
		}
	}
	return sum, ok
}

func (f *aws) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f.respond(r)
	if err == nil {
		resp.Header.Set("Date", f.now().UTC().Format(http.TimeFormat))
	}
	return resp, err
}

// now is AWS' time.
func (f *aws) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Add(f.ahead)
}

func (f *aws) respond(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	// Credential=AKIA…/20261122/eu-west-1/monitoring/aws4_request
	scope := strings.Split(strings.SplitN(r.Header.Get("Authorization"), "Credential=", 2)[1], "/")
	key, region, service := scope[0], scope[2], scope[3]
	account := strings.TrimPrefix(key, "ASIA")
	if account == key {
		account = ""
	}
	action := service
	if _, op, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		action = op
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if code := f.fail(account, region, action); code == "timeout" {
			f.mu.Unlock()
			<-r.Context().Done()
			f.mu.Lock()
			return nil, r.Context().Err()
		} else if code != "" {
			return f.refuse(r, service, code), nil
		}
	}
	c := call{account: account, region: region, action: action, at: time.Now()}
	var out any
	switch action {
	case "sts":
		arn := strings.Split(fmt.Sprintf("%s", body), "arn%3Aaws%3Aiam%3A%3A")[1][:12]
		return answer(r, 200, "text/xml", fmt.Sprintf(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>`+
			`<AccessKeyId>ASIA%s</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>y</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			arn, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))), nil
	case "ec2":
		var items strings.Builder
		for _, id := range slices.Sorted(maps.Keys(f.stopped)) {
			fmt.Fprintf(&items, `<item><instancesSet><item><instanceId>%s</instanceId><instanceState><code>80</code><name>stopped</name></instanceState></item></instancesSet></item>`, id)
		}
		return answer(r, 200, "text/xml", `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet>`+items.String()+`</reservationSet></DescribeInstancesResponse>`), nil
	case "GetResources":
		list := []any{}
		for _, id := range slices.Sorted(maps.Keys(f.tags)) {
			var tags []map[string]string
			for k, v := range f.tags[id] {
				tags = append(tags, map[string]string{"Key": k, "Value": v})
			}
			list = append(list, map[string]any{"ResourceARN": "arn:aws:ec2:" + region + ":111122223333:instance/" + id, "Tags": tags})
		}
		out = map[string]any{"ResourceTagMappingList": list, "PaginationToken": ""}
	case "ListMetrics":
		out = f.list(account, body)
	case "GetMetricData":
		out = f.data(&c, body)
	case "GetMetricStatistics":
		out = f.statistics(&c, body)
	default:
		f.t.Errorf("a call of %s", action)
	}
	f.calls = append(f.calls, c)
	text, err := json.Marshal(out)
	if err != nil {
		f.t.Error(err)
	}
	return answer(r, 200, "application/x-amz-json-1.1", string(text)), nil
}

func answer(r *http.Request, status int, kind, body string) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Content-Type": {kind}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}
}

func (f *aws) refuse(r *http.Request, service, code string) *http.Response {
	switch service {
	case "sts":
		return answer(r, 403, "text/xml", `<ErrorResponse><Error><Type>Sender</Type><Code>`+code+`</Code><Message>refused by the test</Message></Error></ErrorResponse>`)
	case "ec2":
		return answer(r, 403, "text/xml", `<Response><Errors><Error><Code>`+code+`</Code><Message>refused by the test</Message></Error></Errors></Response>`)
	}
	return answer(r, 400, "application/x-amz-json-1.1", `{"__type":"`+code+`","message":"refused by the test"}`)
}

func (f *aws) list(account string, body []byte) any {
	var in struct{ Namespace string }
	f.read(body, &in)
	var out []any
	for _, m := range f.metrics[account] {
		if in.Namespace == "" || m.Namespace == in.Namespace {
			out = append(out, map[string]any{"Namespace": m.Namespace, "MetricName": m.Name, "Dimensions": []any{map[string]string{"Name": m.Dimension, "Value": m.Resource}}})
		}
	}
	return map[string]any{"Metrics": out}
}

func (f *aws) read(body []byte, into any) {
	if err := json.Unmarshal(body, into); err != nil {
		f.t.Errorf("request: %v: %s", err, body)
	}
}

type stat struct {
	Metric struct {
		Namespace, MetricName string
		Dimensions            []struct{ Name, Value string }
	}
	Period int64
	Stat   string
}

func (f *aws) data(c *call, body []byte) any {
	var in struct {
		StartTime, EndTime float64
		MetricDataQueries  []struct {
			ID         string `json:"Id"`
			MetricStat stat
		}
	}
	f.read(body, &in)
	if len(in.MetricDataQueries) > 500 {
		f.t.Errorf("%d queries in one call", len(in.MetricDataQueries))
	}
	var results []any
	for _, q := range in.MetricDataQueries {
		m := q.MetricStat.Metric
		c.queries = append(c.queries, fmt.Sprintf("%s/%s/%s@%d-%d", m.MetricName, q.MetricStat.Stat, m.Dimensions[0].Value, int64(in.StartTime), int64(in.EndTime)))
		at, values := f.buckets(m.MetricName, m.Dimensions[0].Value, q.MetricStat.Period, in.StartTime, in.EndTime)
		results = append(results, map[string]any{"Id": q.ID, "StatusCode": "Complete", "Timestamps": at, "Values": values})
	}
	return map[string]any{"MetricDataResults": results}
}

func (f *aws) buckets(name, resource string, period int64, start, end float64) (at []int64, values []float64) {
	if period <= 0 || math.Mod(start, float64(period)) != 0 {
		f.t.Errorf("start %v for a period of %d", start, period)
	}
	at, values = []int64{}, []float64{}
	if f.stopped[resource] {
		return at, values
	}
	for b := int64(start); b < int64(end); b += period {
		if v, ok := f.seen(name, resource, b, period, time.Now().Add(f.ahead)); ok {
			at, values = append(at, b), append(values, v)
		}
	}
	return at, values
}

func (f *aws) statistics(c *call, body []byte) any {
	var in struct {
		StartTime, EndTime float64
		MetricName         string
		Dimensions         []struct{ Name, Value string }
		Period             int64
		Statistics         []string
	}
	f.read(body, &in)
	c.queries = append(c.queries, in.MetricName)
	at, values := f.buckets(in.MetricName, in.Dimensions[0].Value, in.Period, in.StartTime, in.EndTime)
	var points []any
	for i := range at {
		p := map[string]any{"Timestamp": at[i]}
		for _, s := range in.Statistics {
			p[s] = values[i]
		}
		points = append(points, p)
	}
	return map[string]any{"Datapoints": points, "Label": in.MetricName}
}

// made returns the calls of an action.
func (f *aws) made(action string) []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []call
	for _, c := range f.calls {
		if c.action == action {
			out = append(out, c)
		}
	}
	return out
}

// set changes the world while it is in use.
func (f *aws) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}
