package waste

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/internal/account"
)

var now = time.Date(2026, 11, 22, 14, 20, 0, 0, time.UTC)

// table is a small price list.
func table() Prices {
	shapes := map[string]struct {
		vcpu float64
		mem  float64
		usd  float64
	}{
		"m5.large": {2, 8, 0.107}, "m5.xlarge": {4, 16, 0.214}, "m5.2xlarge": {8, 32, 0.428}, "m5.metal": {1, 1, 0.01},
		"r5.large": {2, 16, 0.141}, "r5.2xlarge": {8, 64, 0.564}, "r5.4xlarge": {16, 128, 1.128}, "t3.micro": {2, 1, 0.0114}, "x9.big": {64, 512, 0},
	}
	return Prices{
		EC2: func(region, t string) (float64, bool) {
			s := shapes[t]
			return s.usd, region == "eu-west-1" && s.usd > 0
		},
		Shape: func(t string) (float64, float64, bool) { s, ok := shapes[t]; return s.vcpu, s.mem, ok },
		Types: func() []string {
			return []string{"m5.2xlarge", "m5.large", "m5.metal", "m5.xlarge", "r5.2xlarge", "r5.4xlarge", "r5.large", "t3.micro", "x9.big"}
		},
		EBS: func(region, t string, gib, _ int) (float64, bool) { return float64(gib) * 0.088, t == "gp3" },
		RDS: func(_, class, _ string, multi bool) (float64, bool) {
			if multi {
				return 0.4, true
			}
			return 0.2, class == "db.m5.large"
		},
		ALB: func(string) (float64, bool) { return 0.0252, true },
		NLB: func(string) (float64, bool) { return 0, false },
		NAT: func(string) (float64, bool) { return 0.048, true },
	}
}

// hours makes the last n hours before now by f of how many hours ago one is (1
// is the newest); NaN is no point.
func hours(n int, f func(ago int) float64) Hours {
	h := NewHours(now.Truncate(time.Hour).Add(-time.Duration(n)*time.Hour), n)
	for i := range h.Values {
		h.Values[i] = f(n - i)
	}
	return h
}

func flat(v float64) Hours { return hours(14*24, func(int) float64 { return v }) }

// quietLoad is that of an instance on which nothing but its system runs.
func quietLoad() Load {
	return Load{CPU: flat(1.8), BytesIn: flat(60e3), BytesOut: flat(60e3), PacketsIn: flat(900), PacketsOut: flat(900), DiskReads: flat(10), DiskWrite: flat(900)}
}

func running(days float64) Instance {
	return Instance{ID: "i-1", Type: "m5.2xlarge", State: "running", Since: now.Add(-time.Duration(days * 24 * float64(time.Hour))),
		Tags: Tags{"Name": "batch-report", "owner": "operator"}}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	rules := Defaults()
	f := func(what string, i Instance, change func(*Load), idle bool, days int, confidence float64, about time.Duration, why string) {
		t.Helper()
		l := quietLoad()
		if change != nil {
			change(&l)
		}
		got := rules.JudgeIdle(i, l, now)
		if got.Is != idle || got.Days != days || got.Confidence != confidence || got.For != about || !strings.Contains(got.Why, why) {
			t.Errorf("%s: %+v; want idle %v, %d days, %v %%, %s, %q", what, got, idle, days, confidence, about, why)
		}
	}
	const h = time.Hour
	f("for fourteen days", running(30), nil, true, 14, HighConfidence, 14*24*h, "")
	f("for one day", running(30), func(l *Load) {
		l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 2, false: 40}[ago <= 30] })
	}, true, 1, LowConfidence, 30*h, "")
	f("on nine of fourteen days", running(30), func(l *Load) {
		l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 2, false: 40}[ago <= 9*24] })
	}, true, 9, MediumConfidence, 9*24*h, "")
	f("on the last day and some before", running(30), func(l *Load) {
		l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 40, false: 2}[ago > 24 && ago <= 48] })
	}, true, 13, MediumConfidence, 24*h, "")
	f("started two days ago, busy before and while it booted", running(2), func(l *Load) {
		l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 2, false: 90}[ago <= 47] })
	}, true, 1, LowConfidence, 47*h, "")
	f("stopped for long, started two days ago", running(2.5), func(l *Load) {
		l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 2, false: math.NaN()}[ago <= 59] })
	}, true, 2, LowConfidence, 59*h, "")

	// Never by one metric alone.
	f("CPU quiet, network not", running(30), func(l *Load) { l.BytesOut = flat(400e3) }, false, 0, 0, 0, "network is used")
	f("CPU and bytes quiet, packets not", running(30), func(l *Load) {
		l.PacketsIn = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 15000, false: 100}[ago == 5] })
	}, false, 0, 0, 0, "packets")
	f("all but its volumes quiet", running(30), func(l *Load) { l.DiskWrite = flat(40000) }, false, 0, 0, 0, "volumes")
	f("nothing known of the network", running(30), func(l *Load) { l.BytesIn = Hours{} }, false, 0, 0, 0, "nothing is known")
	f("one busy hour", running(30), func(l *Load) {
		l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 60, false: 1}[ago == 20] })
	}, false, 0, 0, 0, "CPU works")
	f("a little in many hours", running(30), func(l *Load) { l.CPU = flat(4) }, false, 0, 0, 0, "too many hours")
	f("a fifth of the points missing", running(30), func(l *Load) {
		l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: math.NaN(), false: 1}[ago%5 == 0 || ago == 1] })
	}, false, 0, 0, 0, "missing")

	// Never at all.
	with := func(do func(*Instance)) Instance { i := running(30); do(&i); return i }
	f("stopped", with(func(i *Instance) { i.State = "stopped" }), nil, false, 0, 0, 0, "does not run")
	f("protected", with(func(i *Instance) { i.Tags = Tags{ProtectedTag: "true"} }), nil, false, 0, 0, 0, "protected")
	f("kept", with(func(i *Instance) { i.Tags = Tags{KeepTag: "2026-11-22"} }), nil, false, 0, 0, 0, "keep it")
	f("kept by a tag that is no date", with(func(i *Instance) { i.Tags = Tags{KeepTag: "christmas"} }), nil, false, 0, 0, 0, "keep it")
	f("kept until yesterday", with(func(i *Instance) { i.Tags = Tags{KeepTag: "2026-11-21"} }), nil, true, 14, HighConfidence, 14*24*h, "")
	f("in a group", with(func(i *Instance) { i.Tags = Tags{GroupTag: "web"} }), nil, false, 0, 0, 0, "group")
	f("young", running(0.9), nil, false, 0, 0, 0, "less than a day")
	f("failing", running(30), func(l *Load) { l.Failed = flat(1) }, false, 0, 0, 0, "status check")
	f("nobody knows since when", with(func(i *Instance) { i.Since = time.Time{} }), nil, false, 0, 0, 0, "less than a day")
}

func TestNumbersAreSettable(t *testing.T) {
	t.Parallel()
	rules := Defaults()
	rules.CPU, rules.CPUP95, rules.IdleAfter, rules.MediumDays = 50, 50, 72*time.Hour, 10
	l := quietLoad()
	l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 30, false: 80}[ago <= 96] })
	if got := rules.JudgeIdle(running(30), l, now); !got.Is || got.Confidence != LowConfidence || got.CPUMax != 30 {
		t.Errorf("%+v", got)
	}
	l.CPU = hours(14*24, func(ago int) float64 { return map[bool]float64{true: 30, false: 80}[ago <= 48] })
	if got := rules.JudgeIdle(running(30), l, now); got.Is {
		t.Errorf("two days are not three: %+v", got)
	}
}

func TestSmaller(t *testing.T) {
	t.Parallel()
	rules := Defaults()
	f := func(current string, n Need, want string) {
		t.Helper()
		if got, ok := rules.Smaller(current, n, table()); got != want || ok != (want != "") {
			t.Errorf("%s %+v: got %q, want %q", current, n, got, want)
		}
	}
	f("r5.4xlarge", Need{CPUP95: 8, CPUMax: 15, Memory: 40}, "r5.2xlarge") // memory decides
	f("r5.4xlarge", Need{CPUP95: 7, CPUMax: 10, Memory: 9}, "r5.large")    // 7 % of 16 is 56 % of 2
	f("r5.4xlarge", Need{CPUP95: 8, CPUMax: 15, Memory: 9}, "r5.2xlarge")  // the busiest hour decides
	f("m5.2xlarge", Need{CPUP95: 14, CPUMax: 20, Memory: 10}, "m5.large")
	f("m5.2xlarge", Need{CPUP95: 25, CPUMax: 40, Memory: 10}, "m5.xlarge")
	f("m5.2xlarge", Need{CPUP95: 40, CPUMax: 60, Memory: 10}, "")
	f("m5.large", Need{CPUP95: 1, CPUMax: 2, Memory: 1}, "") // the smallest
	f("t3.micro", Need{CPUP95: 1, CPUMax: 2, Memory: 1}, "") // credits
	f("q1.huge", Need{CPUP95: 1, CPUMax: 2, Memory: 1}, "")  // not known
	f("m5.2xlarge", Need{CPUP95: math.NaN()}, "")
}

// judge judges one inventory and returns what is waste, by kind and resource.
func judge(inv Inventory, m Measured) map[string]Judgement {
	rules := Defaults()
	inv.At = now
	out := map[string]Judgement{}
	for _, j := range rules.Judge("eu-west-1", inv, m, table()) {
		out[string(j.Kind)+"/"+j.Resource] = j
	}
	return out
}

// with puts an instance's load into what was measured.
func with(m Measured, id string, l Load) Measured {
	for metric, h := range map[Metric]Hours{InstanceCPU: l.CPU, InstanceMemory: l.Memory, InstanceBytesIn: l.BytesIn, InstanceBytesOut: l.BytesOut,
		InstancePacketsIn: l.PacketsIn, InstancePacketsOut: l.PacketsOut, InstanceReads: l.DiskReads, InstanceWrites: l.DiskWrite} {
		m[Query{id, metric}] = h
	}
	return m
}

func TestFindsArePriced(t *testing.T) {
	t.Parallel()
	long := now.Add(-90 * 24 * time.Hour)
	busy := quietLoad()
	busy.CPU = flat(8)
	inv := Inventory{
		Instances: []Instance{running(30), {ID: "i-2", Type: "r5.4xlarge", State: "running", Since: long}, {ID: "i-3", Type: "z1.none", State: "running", Since: long},
			{ID: "i-4", Type: "m5.2xlarge", State: "stopped", Since: now.Add(-20 * 24 * time.Hour), Tags: Tags{"Name": "old", "owner": "ann"}},
			{ID: "i-5", Type: "m5.2xlarge", State: "stopped", Since: now.Add(-time.Hour)},
			{ID: "i-6", Type: "m5.2xlarge", State: "running", Since: long, Platform: "windows"}},
		Volumes: []Volume{{ID: "vol-free", Type: "gp3", GiB: 100, Created: long}, {ID: "vol-odd", Type: "odd", GiB: 100, Created: long},
			{ID: "vol-new", Type: "gp3", GiB: 100, Created: now.Add(-time.Hour)}, {ID: "vol-used", Type: "gp3", GiB: 100, Instance: "i-2", Created: long},
			{ID: "vol-old", Type: "gp3", GiB: 50, Instance: "i-4", Created: long}, {ID: "vol-justnow", Type: "gp3", GiB: 50, Instance: "i-5", Created: long},
			{ID: "vol-lately", Type: "gp3", GiB: 50, Created: long}, {ID: "vol-kept", Type: "gp3", GiB: 50, Created: long, Tags: Tags{KeepTag: "2027-01-01"}}},
		Balancers: []Balancer{{ID: "app/old/1", Name: "old", Type: "application", Created: long}, {ID: "app/shop/1", Name: "shop", Type: "application", Created: long},
			{ID: "net/old/1", Name: "nold", Type: "network", Created: long}},
		Databases: []Database{{ID: "reports-old", Class: "db.m5.large", Engine: "postgres", Status: "available", Created: long},
			{ID: "orders", Class: "db.m5.large", Engine: "postgres", Status: "available", Created: long},
			{ID: "gaps", Class: "db.m5.large", Engine: "postgres", Status: "available", Created: long},
			{ID: "halted", Class: "db.m5.large", Engine: "postgres", Status: "stopped", Created: long}},
		Gateways: []Gateway{{ID: "nat-1", State: "available", Created: long}, {ID: "nat-2", State: "available", Created: long}},
	}
	none := flat(math.NaN())
	m := Measured{
		{"vol-free", VolumeReads}: none, {"vol-odd", VolumeReads}: none, {"vol-new", VolumeReads}: none,
		{"vol-lately", VolumeReads}:         hours(14*24, func(ago int) float64 { return map[bool]float64{true: 60, false: math.NaN()}[ago > 48] }),
		{"app/old/1", BalancerRequests}:     none,
		{"app/old/1", BalancerConnections}:  none,
		{"app/shop/1", BalancerRequests}:    none, // by one metric it would be idle
		{"app/shop/1", BalancerConnections}: flat(5),
		{"net/old/1", BalancerFlows}:        none, {"net/old/1", BalancerBytes}: none,
		{"reports-old", DatabaseConnections}: hours(14*24, func(ago int) float64 { return map[bool]float64{true: 3, false: 0}[ago > 12*24] }),
		{"orders", DatabaseConnections}:      flat(20), {"gaps", DatabaseConnections}: none,
		{"nat-1", GatewayBytes}: flat(0), {"nat-1", GatewayConnections}: flat(0), {"nat-2", GatewayBytes}: flat(0), {"nat-2", GatewayConnections}: flat(1),
	}
	with(with(with(with(m, "i-1", quietLoad()), "i-2", busy), "i-3", quietLoad()), "i-6", quietLoad())
	got := judge(inv, m)

	want := map[string]float64{ // -1: found, price unknown
		"idle_instance/i-1": 0.428 * 730, "idle_instance/i-3": -1, "idle_instance/i-6": -1,
		"oversized_instance/i-2":     (1.128 - 0.564) * 730,
		"unattached_volume/vol-free": 8.8, "unattached_volume/vol-odd": -1,
		"stopped_instance_volume/vol-old": 4.4, "idle_load_balancer/app/old/1": 0.0252 * 730, "idle_load_balancer/net/old/1": -1,
		"idle_database/reports-old": 0.2 * 730, "idle_nat_gateway/nat-1": 0.048 * 730,
	}
	for key, j := range got {
		usd, found := want[key]
		switch {
		case j.Waste != found:
			t.Errorf("%s: waste %v (%s)", key, j.Waste, j.Why)
		case !found && j.USDMonth != 0:
			t.Errorf("%s: %v USD", key, j.USDMonth)
		case found && (j.Priced != (usd >= 0) || j.Priced && math.Abs(j.USDMonth-usd) > 1e-9 || !j.Priced && j.USDMonth != 0):
			t.Errorf("%s: %v USD, priced %v; want %v", key, j.USDMonth, j.Priced, usd)
		case found && j.For < Defaults().IdleAfter:
			t.Errorf("%s: for %s", key, j.For)
		case !found && j.Why == "":
			t.Errorf("%s: not said why not", key)
		}
	}
	for key := range want {
		if _, ok := got[key]; !ok {
			t.Errorf("%s is missing", key)
		}
	}
	size := got["oversized_instance/i-2"]
	if size.Labels["suggested_type"] != "r5.2xlarge" || size.Labels["memory"] != "unknown" || math.Round(size.Figures["usd_month_now"]) != 823 || math.Round(size.Figures["usd_month_then"]) != 412 {
		t.Errorf("%+v", size)
	}
	if old := got["stopped_instance_volume/vol-old"]; old.Tags["owner"] != "ann" || old.Labels["instance_id"] != "i-4" || old.For != 20*24*time.Hour {
		t.Errorf("the volume does not say whose it is: %+v", old)
	}
	if d := got["idle_database/reports-old"].For; d != 12*24*time.Hour {
		t.Errorf("database unused for %s", d)
	}
}

func TestMemoryOfTheAgentDecides(t *testing.T) {
	t.Parallel()
	l := quietLoad()
	l.CPU = flat(7)
	f := func(memory Hours, want, how string) {
		t.Helper()
		l.Memory = memory
		got := judge(Inventory{Instances: []Instance{{ID: "i-2", Type: "r5.4xlarge", State: "running", Since: now.Add(-30 * 24 * time.Hour)}}}, with(Measured{}, "i-2", l))
		j := got["oversized_instance/i-2"]
		if j.Labels["suggested_type"] != want || j.Labels["memory"] != how {
			t.Errorf("%+v, want %s by %s memory", j, want, how)
		}
	}
	f(flat(9), "r5.large", "measured")
	f(flat(30), "r5.2xlarge", "measured")
	f(flat(90), "", "")
	f(Hours{}, "r5.2xlarge", "unknown")
}

func TestOfWhatIsBusyNothingMoreIsPaidFor(t *testing.T) {
	t.Parallel()
	rules := Defaults()
	long := now.Add(-90 * 24 * time.Hour)
	inv := Inventory{At: now, Instances: []Instance{running(30), {ID: "i-busy", Type: "m5.2xlarge", State: "running", Since: long},
		{ID: "i-group", Type: "m5.large", State: "running", Since: long, Tags: Tags{GroupTag: "web"}}, {ID: "i-off", Type: "m5.large", State: "stopped"},
		{ID: "i-big", Type: "r5.4xlarge", State: "running", Since: long}},
		Volumes:   []Volume{{ID: "vol-1", Instance: "i-busy"}, {ID: "vol-2"}, {ID: "vol-3", Instance: "i-off"}},
		Balancers: []Balancer{{ID: "app/new/1", Type: "application", Created: now.Add(-time.Hour)}, {ID: "gwy/x/1", Type: "gateway", Created: long}}}
	first := rules.First(inv)
	if want := 5; len(first) != want { // the CPU of three instances, two volumes
		t.Errorf("%d queries: %v", len(first), first)
	}
	m := Measured{{"i-1", InstanceCPU}: flat(1), {"i-busy", InstanceCPU}: flat(70), {"i-big", InstanceCPU}: flat(7)}
	counts := map[string]int{}
	for _, q := range rules.Second(inv, m, table()) {
		counts[q.Resource]++
	}
	if len(counts) != 2 || counts["i-1"] != 8 || counts["i-big"] != 1 {
		t.Errorf("asked for %v", counts)
	}
}

func TestTheAccountChooses(t *testing.T) {
	t.Parallel()
	all := Inventory{At: now, Instances: []Instance{{ID: "i-1", Tags: Tags{"env": "prod"}}, {ID: "i-2", Tags: Tags{"env": "dev"}}}, Volumes: []Volume{{ID: "vol-1"}},
		Balancers: []Balancer{{ID: "a", Type: "application", Tags: Tags{"env": "prod"}}, {ID: "n", Type: "network", Tags: Tags{"env": "prod"}}},
		Databases: []Database{{ID: "d", Tags: Tags{"env": "prod"}}}, Gateways: []Gateway{{ID: "g", Tags: Tags{"env": "prod"}}}}
	f := func(a account.Account, want ...int) {
		t.Helper()
		inv := all.chosen(a)
		if got := []int{len(inv.Instances), len(inv.Volumes), len(inv.Balancers), len(inv.Databases), len(inv.Gateways)}; !slices.Equal(got, want) || inv.At != now {
			t.Errorf("%+v: %v, want %v", a, got, want)
		}
	}
	f(account.Account{}, 2, 1, 2, 1, 1)
	f(account.Account{Services: []string{"ec2", "alb"}}, 2, 0, 1, 0, 0)
	f(account.Account{Tags: map[string]string{"env": "prod"}}, 1, 0, 2, 1, 1)
	f(account.Account{Tags: map[string]string{"env": "!prod"}}, 1, 1, 0, 0, 0)
	f(account.Account{Tags: map[string]string{"env": "~("}}, 0, 0, 0, 0, 0)
}

func TestStoppedSince(t *testing.T) {
	t.Parallel()
	if got := StoppedSince("User initiated (2026-11-13 08:12:00 GMT)"); !got.Equal(time.Date(2026, 11, 13, 8, 12, 0, 0, time.UTC)) {
		t.Error(got)
	}
	for _, s := range []string{"", "Server.SpotInstanceShutdown", "(", "(soon)", ")("} {
		if got := StoppedSince(s); !got.IsZero() {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	r := Defaults()
	if err := r.Validate(); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(*Rules){
		"interval": func(r *Rules) { r.Interval = time.Minute }, "look": func(r *Rules) { r.Look = 2 * time.Hour }, "days": func(r *Rules) { r.Days = 15 },
		"idle-after": func(r *Rules) { r.IdleAfter = time.Hour }, "unused-after": func(r *Rules) { r.UnusedAfter = 15 * 24 * time.Hour },
		"medium-days": func(r *Rules) { r.MediumDays = 0 }, "missing": func(r *Rules) { r.Missing = 0 }, "size-cpu": func(r *Rules) { r.SizeCPUMax = 10 },
		"size-memory": func(r *Rules) { r.AssumeMemory = 0 }, "idle-packets": func(r *Rules) { r.Packets = -1 }, "size-days": func(r *Rules) { r.SizeDays = 20 },
	} {
		r := Defaults()
		change(&r)
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Whatever CloudWatch says, nothing panics and what is idle was quiet.
func FuzzJudgeIdle(f *testing.F) {
	f.Add([]byte{1, 2, 3}, int64(30*24), 5)
	f.Add([]byte{255, 0}, int64(25), 100)
	f.Fuzz(func(t *testing.T, data []byte, since int64, n int) {
		if len(data) == 0 || n < 0 || n > 400 || since < 0 || since > 1e5 {
			return
		}
		make := func(k int, scale float64) Hours {
			return hours(n, func(ago int) float64 {
				b := data[(ago*7+k)%len(data)]
				if b == 255 {
					return math.NaN()
				}
				return float64(b) * scale
			})
		}
		l := Load{CPU: make(0, 0.4), BytesIn: make(1, 1e4), BytesOut: make(2, 1e4), PacketsIn: make(3, 100), PacketsOut: make(4, 100), DiskReads: make(5, 10), DiskWrite: make(6, 10)}
		i := Instance{ID: "i", State: "running", Since: now.Add(-time.Duration(since) * time.Hour)}
		rules := Defaults()
		got := rules.JudgeIdle(i, l, now)
		if got.Is && (got.CPUMax >= rules.CPU || got.For < 24*time.Hour || got.For > 15*24*time.Hour || got.Days < 1 || got.Why != "") {
			t.Errorf("%+v", got)
		}
		rules.judgeSize("eu-west-1", i, with(Measured{}, "i", l), now, table(), false)
	})
}
