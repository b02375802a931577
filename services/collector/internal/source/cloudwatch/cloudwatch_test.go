package cloudwatch

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/label"
)

const (
	status    = "aws.ec2.status_check_failed"
	awsStatus = "StatusCheckFailed"
	place1    = "111122223333.us-east-1"
)

func TestReadsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 3)
		r.aws.instances("", "CPUUtilization", 3)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		c := r.start("one", nil, nil)
		time.Sleep(30 * time.Minute)
		if n := r.complete(r.stored(), status, awsStatus, 3); n < 40 {
			t.Errorf("%d buckets in 30 minutes and the 15 before", n)
		}
		for _, call := range r.aws.made("GetMetricData") {
			for _, q := range call.queries {
				if !strings.HasPrefix(q, awsStatus+"/Maximum/") {
					t.Errorf("asked for %s, which nobody needs", q)
				}
			}
		}
		if n := len(r.aws.made("ListMetrics")); n != 1 {
			t.Errorf("%d calls of ListMetrics in half an hour, want 1", n)
		}
		w := r.cost(place1)
		if w.GetSeries() != 3 || w.GetMetricsRequested() != uint64(3*w.GetDataRequests()) || len(w.GetPolicies()) != 1 || w.GetProblem() != "" {
			t.Errorf("cost: %v", w)
		}
		// What is needed changes, and so does what is asked for.
		r.needs("b", need("down", status, critical, 2*time.Minute), need("busy", "aws.ec2.cpu_utilization", warning, 15*time.Minute))
		time.Sleep(20 * time.Minute)
		found := false
		for s := range r.stored() {
			found = found || s.name == "aws.ec2.cpu_utilization"
		}
		if !found {
			t.Error("the new policy's metric is not read")
		}
		c.stop()
		calls := len(r.aws.made("GetMetricData"))
		month := r.cost(place1).GetMetricsRequested()
		// A restart keeps the month's sum, and asks for nothing that it knows.
		r.start("one", nil, nil)
		time.Sleep(10 * time.Second)
		if n := len(r.aws.made("GetMetricData")); n > calls+1 {
			t.Errorf("%d calls at a restart", n-calls)
		}
		time.Sleep(2 * time.Minute)
		if w := r.cost(place1); w.GetMetricsRequested() <= month {
			t.Errorf("the month's sum went from %d to %d", month, w.GetMetricsRequested())
		}
		r.complete(r.stored(), status, awsStatus, 3)
	})
}

// TestThisClockIsWrong: all buckets there are come, each once, although this
// machine's clock is two hours off, either way, and is put right later.
func TestThisClockIsWrong(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"fast": -2 * time.Hour, "slow": 2 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.aws.instances("", awsStatus, 2)
				r.aws.ahead = ahead
				r.needs("a", need("down", status, critical, 2*time.Minute))
				r.start("one", nil, nil)
				time.Sleep(20 * time.Minute)
				if n := r.complete(r.stored(), status, awsStatus, 2); n < 30 {
					t.Errorf("%d buckets in 20 minutes and the 15 before", n)
				}
				for s := range r.stored() {
					if behind := r.aws.now().Sub(time.Unix(s.at, 0)); behind < 0 || behind > time.Hour {
						t.Fatalf("%+v is %v old", s, behind)
					}
				}
				r.aws.set(func() { r.aws.ahead = 0 })
				if ahead > 0 {
					return // what was AWS' time is yet to come
				}
				time.Sleep(10 * time.Minute)
				if n := r.complete(r.stored(), status, awsStatus, 2); n < 150 {
					t.Errorf("%d buckets with the two hours that were stepped over", n)
				}
			})
		})
	}
}

// TestLateAndRevised: a point that comes 12 minutes late, and a bucket whose
// value changes twice, reach the log exactly once each.
func TestLateAndRevised(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 2)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		start := time.Now().Truncate(time.Minute)
		at := start.Add(10 * time.Minute)
		r.aws.changes[bucket{awsStatus, "i-000", at.Unix()}] = []change{{at.Add(13 * time.Minute), 77}}
		r.aws.changes[bucket{awsStatus, "i-001", at.Unix()}] = []change{
			{at.Add(2 * time.Minute), 1}, {at.Add(6 * time.Minute), 2}, {at.Add(12 * time.Minute), 3}}
		r.start("one", nil, nil)
		time.Sleep(time.Hour)
		got := r.stored()
		for s, want := range map[sample]float64{
			{status, "i-000", at.Unix(), 0}: 77, {status, "i-001", at.Unix(), 0}: 1, {status, "i-001", at.Unix(), 1}: 2, {status, "i-001", at.Unix(), 2}: 3,
		} {
			if v := got[s]; len(v) != 1 || v[0] != want {
				t.Errorf("%+v is %v, want once %v", s, v, want)
			}
		}
		for s, v := range got {
			if s.revision > 0 && (s.resource != "i-001" || s.at != at.Unix()) || len(v) != 1 {
				t.Errorf("%+v: %v", s, v)
			}
		}
	})
}

// TestSettles: a namespace that is slower than expected is waited for, and
// nothing comes twice while the time to wait changes.
func TestSettles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 10)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		start := time.Now()
		for m := range 120 { // slow for the first hour, quick again in the second
			for i := range 10 {
				at, id := start.Add(time.Duration(m)*time.Minute), fmt.Sprintf("i-%03d", i)
				delay := 7 * time.Minute
				if m > 60 {
					delay = time.Minute
				}
				r.aws.changes[bucket{awsStatus, id, at.Unix()}] = []change{{at.Add(time.Minute + delay), value(awsStatus, id, at.Unix())}}
			}
		}
		r.start("one", nil, nil)
		time.Sleep(2 * time.Hour)
		if n := r.complete(r.stored(), status, awsStatus, 10); n < 125 {
			t.Errorf("%d buckets", n)
		}
		if lag := r.cost(place1).GetLag().AsDuration(); lag < 6*time.Minute || lag > 11*time.Minute {
			t.Errorf("the lag is %s", lag)
		}
	})
}

// TestThrottled: minutes in which every call is refused lose nothing.
func TestThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 5)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		start := time.Now()
		r.aws.fail = func(_, _, action string) string {
			if d := time.Since(start); action == "GetMetricData" && d > 10*time.Minute && d < 14*time.Minute {
				return "ThrottlingException"
			}
			return ""
		}
		r.start("one", nil, nil)
		time.Sleep(12 * time.Minute)
		if p := r.cost(place1).GetProblem(); !strings.Contains(p, "GetMetricData") {
			t.Errorf("while throttled the problem is %q", p)
		}
		time.Sleep(28 * time.Minute)
		if n := r.complete(r.stored(), status, awsStatus, 5); n < 50 {
			t.Errorf("only %d buckets", n)
		}
		if p := r.cost(place1).GetProblem(); p != "" {
			t.Errorf("the problem stays: %q", p)
		}
	})
}

// TestShared: two collectors ask for nothing twice, and each asks for some.
func TestShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.accounts[0].Regions = []string{"us-east-1", "eu-west-1", "eu-central-1", "eu-west-2"}
		r.beat, r.silence = 0, 0 // as it is
		r.aws.instances("", awsStatus, 3)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		one := r.start("one", nil, nil)
		time.Sleep(10 * time.Minute)
		r.start("two", nil, nil)
		time.Sleep(20 * time.Minute)
		one.stop()
		time.Sleep(20 * time.Minute)
		seen := map[string]time.Time{}
		for _, c := range r.aws.made("GetMetricData") {
			for _, q := range c.queries {
				key := c.region + " " + q
				if at, ok := seen[key]; ok {
					t.Errorf("%s was asked for twice, at %s and %s", key, at.Format(time.TimeOnly), c.at.Format(time.TimeOnly))
				}
				seen[key] = c.at
			}
		}
		stored := r.stored()
		for s, v := range stored {
			if len(v) != 4 { // the regions' series differ in a label that sample leaves out
				t.Errorf("%+v is stored %d times in four regions", s, len(v))
			}
		}
		if len(stored) < 3*60 {
			t.Errorf("only %d buckets", len(stored))
		}
	})
}

// TestOneFails: an account or region that fails says so in words, and leaves
// the rest going.
func TestOneFails(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][]string{
		"ExpiredTokenException": {"expired"},
		"AccessDenied":          {"GetMetricData"},
		"timeout":               {"answer"},
		"RequestTimeTooSkewed":  {"clock"},
		"trust":                 {"sts:AssumeRole", "data (444455556666)"},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.accounts = append(r.accounts, account.Account{ID: "444455556666", Name: "data", Team: "infra", Regions: []string{"us-east-1", "eu-west-1"},
					Role: "arn:aws:iam::444455556666:role/parley-collector", ExternalID: "right"})
				r.aws.instances("", awsStatus, 2)
				r.aws.instances("444455556666", awsStatus, 2)
				r.needs("a", need("down", status, critical, 2*time.Minute))
				r.aws.fail = func(account, region, action string) string {
					if code == "trust" {
						if action == "sts" {
							return "AccessDenied"
						}
						return ""
					}
					if account == "444455556666" && region == "eu-west-1" && action == "GetMetricData" {
						return code
					}
					return ""
				}
				r.start("one", nil, nil)
				time.Sleep(20 * time.Minute)
				key := "444455556666.eu-west-1"
				problem := r.cost(key).GetProblem()
				t.Log(problem)
				for _, w := range append(want, "eu-west-1", "444455556666") {
					if !strings.Contains(problem, w) {
						t.Errorf("the problem of %s is %q, want it to say %q", key, problem, w)
					}
				}
				regions := map[string]int{}
				for _, c := range r.aws.made("GetMetricData") {
					regions[c.account+" "+c.region]++
				}
				if regions[" us-east-1"] < 19 {
					t.Errorf("the other account was read %d times", regions[" us-east-1"])
				}
				if code != "trust" && regions["444455556666 us-east-1"] < 19 {
					t.Errorf("the other region was read %d times", regions["444455556666 us-east-1"])
				}
				// Once it is well again nothing of the last hours is missing.
				r.aws.set(func() { r.aws.fail = nil })
				time.Sleep(10 * time.Minute)
				if p := r.cost(key).GetProblem(); p != "" {
					t.Errorf("the problem stays: %q", p)
				}
			})
		})
	}
}

// TestFullCalls: calls = ceil(N/500), whatever the names.
func TestFullCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 600)
		r.aws.instances("", "StatusCheckFailed_System", 450)
		for i := range 300 {
			r.aws.metrics[""] = append(r.aws.metrics[""], fakeMetric{"AWS/Lambda", "Duration", "FunctionName", fmt.Sprintf("f-%03d", i)})
		}
		r.needs("a", need("a", status, critical, 0), need("b", status+"_system", warning, 0), need("c", "aws.lambda.duration", warning, 0))
		r.start("one", nil, nil)
		time.Sleep(10*time.Minute + 30*time.Second)
		byMinute := map[int64][]int{}
		for _, c := range r.aws.made("GetMetricData") {
			m := c.at.Unix() / 60
			byMinute[m] = append(byMinute[m], len(c.queries))
		}
		for m, calls := range byMinute {
			n := 0
			for _, q := range calls {
				n += q
			}
			if want := (n + 499) / 500; len(calls) != want || n != 1350 {
				t.Errorf("minute %d: %d queries in %d calls, want 1350 in %d", m, n, len(calls), want)
			}
		}
		if len(byMinute) < 10 {
			t.Errorf("asked in %d minutes of 10", len(byMinute))
		}
	})
}

// TestTagsAndStates: tags become labels and choose, and what is stopped is not
// asked about.
func TestTagsAndStates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.accounts[0].Tags = map[string]string{"watch": "yes"}
		r.accounts[0].Labels = []string{"Name", "env", "environment"}
		r.aws.instances("", awsStatus, 4)
		r.aws.tags = map[string]map[string]string{
			"i-000": {"watch": "yes", "Name": "web-1", "environment": "prod"}, "i-001": {"watch": "no"}, "i-002": {"watch": "yes", "Name": "web-2"}}
		r.needs("a", need("down", status, critical, 2*time.Minute))
		r.start("one", nil, nil)
		asked := func() map[string]bool {
			out := map[string]bool{}
			calls := r.aws.made("GetMetricData")
			for _, q := range calls[len(calls)-1].queries {
				out[strings.SplitN(strings.Split(q, "/")[2], "@", 2)[0]] = true
			}
			return out
		}
		time.Sleep(10 * time.Minute)
		if got := asked(); len(got) != 2 || !got["i-000"] || !got["i-002"] {
			t.Errorf("asked about %v, want those with the tag", got)
		}
		labels := map[string]string{}
		for _, d := range r.defs() {
			labels[d.Get("instance_id")] = d.String()
		}
		if got, want := labels["i-000"], `{account="111122223333", account_name="shop", env="prod", instance_id="i-000", name="web-1", region="us-east-1", team="infra"}`; got != want {
			t.Errorf("labels %s, want %s", got, want)
		}
		r.aws.set(func() { r.aws.stopped["i-002"] = true })
		time.Sleep(10 * time.Minute)
		if got := asked(); len(got) != 1 || !got["i-000"] {
			t.Errorf("asked about %v though one is stopped", got)
		}
		var gone []*eventv1.SeriesGone
		ids := map[uint64]string{}
		r.each(func(b *eventv1.SampleBatch) {
			gone = append(gone, b.GetGone()...)
			for _, d := range b.GetDefs() {
				ids[d.GetId()] = label.FromProto(d.GetLabels()).Get("instance_id")
			}
		})
		if len(gone) != 1 || ids[gone[0].GetId()] != "i-002" || gone[0].GetReason() != "was stopped" {
			t.Errorf("told as gone: %v, want the stopped one once", gone)
		}
		r.aws.set(func() { delete(r.aws.stopped, "i-002") })
		time.Sleep(10 * time.Minute)
		if got := asked(); len(got) != 2 {
			t.Errorf("asked about %v, want the one that runs again too", got)
		}
	})
}

// TestDeniedTags: without the permission for tags the rest goes on.
func TestDeniedTags(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.aws.instances("", awsStatus, 2)
		r.needs("a", need("down", status, critical, 2*time.Minute))
		r.aws.fail = func(_, _, action string) string {
			if action == "GetResources" {
				return "AccessDeniedException"
			}
			return ""
		}
		r.start("one", nil, nil)
		time.Sleep(20 * time.Minute)
		if n := r.complete(r.stored(), status, awsStatus, 2); n < 30 {
			t.Errorf("%d buckets", n)
		}
		if p := r.cost(place1).GetProblem(); !strings.Contains(p, "tag:GetResources") || !strings.Contains(p, "shop") {
			t.Errorf("the problem is %q", p)
		}
		if n := len(r.aws.made("ListMetrics")); n != 1 {
			t.Errorf("%d sweeps", n)
		}
	})
}
