package world

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

func advance(t testing.TB, w *World, by time.Duration) {
	t.Helper()
	if err := w.SetClock(Clock{Now: w.Now().Add(by), Frozen: true}); err != nil {
		t.Fatal(err)
	}
}

func TestAStoppedInstanceHasNoPoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t, monday.Add(12*time.Hour))
	if _, err := w.StopInstances(home, []string{BatchReport}, "test"); err != nil {
		t.Fatal(err)
	}
	stopped := w.Now()
	advance(t, w, time.Hour)
	if _, err := w.StartInstances(home, []string{BatchReport}, "test"); err != nil {
		t.Fatal(err)
	}
	started := w.Now()
	advance(t, w, time.Hour)
	count := func(m Metric, from, to time.Time) int { return len(w.Points(home, m, from, to, time.Minute)) }
	for _, name := range []string{"CPUUtilization", "NetworkIn", "StatusCheckFailed"} {
		m := NewMetric("AWS/EC2", name, Dimension{"InstanceId", BatchReport})
		if n := count(m, stopped.Add(-time.Hour), stopped); n != 60 {
			t.Errorf("%s: %d points before", name, n)
		}
		if n := count(m, stopped, started); n != 0 {
			t.Errorf("%s: %d points while stopped", name, n)
		}
		if n := count(m, started, started.Add(50*time.Minute)); n != 50 {
			t.Errorf("%s: %d points after", name, n)
		}
	}
}

func TestLastPointOfAStoppedInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t, monday.Add(12*time.Hour))
	old := w.place(home).id("i", "old-import")
	for _, m := range w.Metrics(home) {
		if m.Equal(cpu(old)) {
			if want := w.ago(40).Add(-m.Period); !m.Last.Equal(want) {
				t.Errorf("last %v, want %v", m.Last, want)
			}
		}
		if m.Equal(cpu(BatchReport)) && w.Now().Sub(m.Last) > 5*time.Minute {
			t.Errorf("a running one: last %v", m.Last)
		}
	}
}

// TestStories looks for what each story is about, in its metrics.
func TestStories(t *testing.T) {
	t.Parallel()
	now := monday.Add(20 * time.Hour)
	w := newWorld(t, now)
	p := w.place(home)
	span := func(m Metric, days int, period time.Duration) []Bucket {
		t.Helper()
		list := w.Points(home, m, monday.Add(-time.Duration(days)*24*time.Hour), now, period)
		if len(list) == 0 {
			t.Fatalf("%v has no points", m)
		}
		return list
	}
	most := func(list []Bucket) (v float64) {
		for _, b := range list {
			v = max(v, b.Max)
		}
		return v
	}
	sum := func(list []Bucket) (v float64) {
		for _, b := range list {
			v += b.Sum
		}
		return v
	}
	ec2 := func(name, instance string) Metric {
		return NewMetric("AWS/EC2", name, Dimension{"InstanceId", p.id("i", instance)})
	}
	batch := func(name string) Metric { return NewMetric("AWS/EC2", name, Dimension{"InstanceId", BatchReport}) }
	if v := most(span(batch("CPUUtilization"), 8, time.Hour)); v >= 5 {
		t.Errorf("batch-report is not idle: %v %%", v)
	}
	if v := (sum(span(batch("NetworkIn"), 1, time.Hour)) + sum(span(batch("NetworkOut"), 1, time.Hour))) / 1.83; v >= 5e6 {
		t.Errorf("batch-report moves %v bytes a day", v)
	}
	if v := most(span(batch("CPUUtilization"), 14, time.Hour)); v < 60 {
		t.Errorf("batch-report did nothing before: %v %%", v)
	}
	for _, name := range []string{"legacy-cron", "cache-warm", "web-4"} {
		if v := most(span(ec2("CPUUtilization", name), 3, time.Hour)); v >= 5 {
			t.Errorf("%s is not idle: %v %%", name, v)
		}
	}
	if v := most(span(ec2("CPUUtilization", "bastion"), 3, time.Hour)); v >= 5 {
		t.Errorf("bastion's CPU is busy: %v", v)
	}
	if v := sum(span(ec2("NetworkPacketsIn", "bastion"), 1, time.Hour)); v < 1e6 {
		t.Errorf("bastion has only %v packets a day", v)
	}
	if v := most(span(ec2("CPUUtilization", "warehouse"), 7, time.Hour)); v > 25 || v < 8 {
		t.Errorf("warehouse: %v %%", v)
	}
	if v := most(span(ec2("StatusCheckFailed", "api-3"), 1, time.Minute)); v != 1 {
		t.Error("api-3's check never fails")
	}
	shop := Dimension{"LoadBalancer", p.balancers[0].Dimension()}
	bad, all := NewMetric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", shop), NewMetric("AWS/ApplicationELB", "RequestCount", shop)
	burst := monday.Add(14*time.Hour + 50*time.Minute)
	share := func(from time.Time) float64 {
		n := w.Points(home, bad, from, from.Add(6*time.Minute), time.Hour)
		return sum(n) / sum(w.Points(home, all, from, from.Add(6*time.Minute), time.Hour))
	}
	if v := share(burst); v < 0.05 {
		t.Errorf("5xx in the burst: %v", v)
	}
	if v := share(burst.Add(-time.Hour)); v > 0.005 {
		t.Errorf("5xx an hour before: %v", v)
	}
	weekday, night := w.Points(home, all, monday.Add(14*time.Hour), monday.Add(15*time.Hour), time.Hour), w.Points(home, all, monday.Add(2*time.Hour), monday.Add(3*time.Hour), time.Hour)
	if sum(weekday) < 4*sum(night) {
		t.Errorf("no rhythm: %v by day, %v by night", sum(weekday), sum(night))
	}
	saturday := monday.Add(-14*24*time.Hour + 5*24*time.Hour + 14*time.Hour)
	if v := sum(w.Points(home, all, saturday, saturday.Add(time.Hour), time.Hour)); v > 0.8*sum(weekday) {
		t.Errorf("a Saturday is as busy as a Monday: %v", v)
	}
	free := span(NewMetric("AWS/RDS", "FreeStorageSpace", Dimension{"DBInstanceIdentifier", "orders"}), 10, time.Hour)
	if first, last := free[0].Average(), free[len(free)-1].Average(); last > 0.6*first {
		t.Errorf("orders' storage does not sink: %v, %v", first, last)
	}
	if v := most(span(NewMetric("AWS/RDS", "DatabaseConnections", Dimension{"DBInstanceIdentifier", "reports-old"}), 11, time.Hour)); v != 0 {
		t.Errorf("reports-old has connections: %v", v)
	}
	if v := most(span(NewMetric("AWS/SQS", "ApproximateNumberOfMessagesVisible", Dimension{"QueueName", "orders"}), 1, time.Minute)); v < 1000 {
		t.Errorf("the queue does not grow: %v", v)
	}
	errs := span(NewMetric("AWS/Lambda", "Errors", Dimension{"FunctionName", "parley-thumbnails"}), 1, 10*time.Minute)
	worst := 0.0
	for _, b := range errs {
		worst = max(worst, b.Average())
	}
	if worst < 0.1 {
		t.Errorf("the function's errors: %v", worst)
	}
	low := 1e9
	for _, b := range span(ec2("CPUCreditBalance", "dev-2"), 1, 5*time.Minute) {
		low = min(low, b.Min)
	}
	if low > 60 {
		t.Errorf("dev-2 keeps %v credits", low)
	}
	if v := most(span(NewMetric("AWS/S3", "BucketSizeBytes", Dimension{"BucketName", "shop-images"}, Dimension{"StorageType", "StandardStorage"}), 5, 24*time.Hour)); v < 8e11 {
		t.Errorf("shop-images: %v bytes", v)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, monday.Add(12*time.Hour))
	all := NewMetric("AWS/ApplicationELB", "RequestCount", Dimension{"LoadBalancer", w.place(home).balancers[0].Dimension()})
	list := w.Points(home, all, w.Now().AddDate(-2, 0, 0), w.Now(), 24*time.Hour)
	if n := len(list); n < 455 || n > 456 {
		t.Errorf("%d days", n)
	}
	byDay := map[time.Time]float64{}
	for _, b := range list {
		byDay[b.Start] = b.Sum
	}
	outlier := w.Start().AddDate(0, 0, -2)
	if got, usual := byDay[outlier], byDay[outlier.AddDate(0, 0, -7)]; got < 1.5*usual || usual == 0 {
		t.Errorf("the outlier day has %v requests, a week before it were %v", got, usual)
	}
}

func TestStateOutlivesARestart(t *testing.T) {
	t.Parallel()
	opt := Options{Seed: 3, Start: monday, State: filepath.Join(t.TempDir(), "aws.state")}
	open := func() *World {
		t.Helper()
		w, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Close() })
		return w
	}
	w := open()
	now := monday.Add(time.Hour)
	if err := w.SetClock(Clock{Now: now, Frozen: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.StopInstances(home, []string{BatchReport}, "test"); err != nil {
		t.Fatal(err)
	}
	if err := w.Tag(home, []string{BatchReport}, map[string]string{"parley:keep-until": "2026-11-23"}); err != nil {
		t.Fatal(err)
	}
	made, err := w.RunInstances(home, 2, "ami-1", "t3.micro", "", map[string]string{"Name": "made"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetDesired(home, "web", 5, false); err != nil {
		t.Fatal(err)
	}
	_, cred, err := w.AssumeRole(&wire.Request{Caller: wire.Caller{Account: Home}}, roleARN(Data, "parley-actions"), "who", Foreign, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	before := w.Resources(home)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	opt.Start, opt.Seed = monday.AddDate(0, 0, 3), 4 // the file's win
	again := open()
	if err := again.SetClock(Clock{Now: now, Frozen: true}); err != nil {
		t.Fatal(err)
	}
	after := again.Resources(home)
	if len(after) != len(before) {
		t.Fatalf("%d resources, then %d", len(before), len(after))
	}
	for i := range after {
		if after[i].ARN != before[i].ARN || after[i].State != before[i].State || len(after[i].Tags) != len(before[i].Tags) {
			t.Errorf("%v, then %v", before[i], after[i])
		}
	}
	if _, err := again.CheckInstances(home, []string{made[1].ID}); err != nil {
		t.Error(err)
	}
	if c, err := again.Identify(cred.AccessKey, cred.Token); err != nil || c.Account != Data {
		t.Errorf("the session is lost: %v, %v", c, err)
	}
}

func TestEveryResourceHasAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, monday)
	n := 0
	for _, k := range w.Places() {
		seen := map[string]bool{}
		for _, r := range w.Resources(k) {
			n++
			if seen[r.ARN] || !strings.HasPrefix(r.ARN, "arn:aws:") || r.ID == "" || r.Type == "" || len(r.Tags) == 0 {
				t.Errorf("%+v", r)
			}
			seen[r.ARN] = true
		}
	}
	if n < 90 {
		t.Errorf("only %d resources", n)
	}
}
