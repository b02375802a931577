package price

import (
	"math"
	"strings"
	"testing"
	"time"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestKnownPrices(t *testing.T) {
	t.Parallel()
	f := func(what string, got float64, ok bool, want float64) {
		t.Helper()
		if !ok || !near(got, want) {
			t.Errorf("%s: %v, %v, want %v", what, got, ok, want)
		}
	}
	ec2 := func(region, kind string, want float64) {
		t.Helper()
		got, ok := EC2(region, kind)
		f(region+" "+kind, got, ok, want)
	}
	ec2("us-east-1", "m5.2xlarge", 0.384)
	ec2("eu-west-1", "m5.2xlarge", 0.428)
	ec2("eu-west-1", "t3.micro", 0.0114)
	ec2("eu-central-1", "r5.4xlarge", 1.216)
	ec2("us-gov-west-1", "m5.large", 0.121)
	rds := func(region, class, engine string, multi bool, want float64) {
		t.Helper()
		got, ok := RDS(region, class, engine, multi)
		f(region+" "+class+" "+engine, got, ok, want)
	}
	rds("us-east-1", "db.m5.large", "postgres", false, 0.178)
	rds("us-east-1", "db.m5.large", "postgres", true, 0.356)
	rds("eu-west-1", "db.m5.large", "mysql", false, 0.189)
	rds("us-east-1", "db.r5.large", "aurora-mysql", true, 0.29) // its instances are each their own
	rds("us-east-1", "db.t3.medium", "aurora-postgresql", false, 0.082)
	ebs := func(region, kind string, gib, iops int, want float64) {
		t.Helper()
		got, ok := EBS(region, kind, gib, iops)
		f(region+" "+kind, got, ok, want)
	}
	ebs("us-east-1", "gp3", 100, 3000, 8)
	ebs("us-east-1", "gp3", 100, 4000, 13)
	ebs("eu-west-1", "gp2", 500, 0, 55)
	ebs("us-east-1", "io1", 100, 1000, 77.5)
	ebs("us-east-1", "io2", 0, 100_000, 32_000*0.065+32_000*0.0455+36_000*0.03185)
	alb, ok := ALB("eu-west-1")
	f("ALB", alb, ok, 0.0252)
	nat, ok := NAT("us-east-1")
	f("NAT", nat, ok, 0.045)
	elb, ok := ELB("us-east-1")
	f("ELB", elb, ok, 0.025)
}

func TestUnknownIsNotGuessed(t *testing.T) {
	t.Parallel()
	f := func(what string, got float64, ok bool) {
		t.Helper()
		if ok || got != 0 {
			t.Errorf("%s: %v, %v, want unknown", what, got, ok)
		}
	}
	for _, region := range []string{"cn-north-1", "mars-north-1", ""} {
		v, ok := EC2(region, "m5.large")
		f("EC2 in "+region, v, ok)
		v, ok = ALB(region)
		f("ALB in "+region, v, ok)
		v, ok = EBS(region, "gp3", 1, 0)
		f("EBS in "+region, v, ok)
		v, ok = RDS(region, "db.m5.large", "mysql", false)
		f("RDS in "+region, v, ok)
	}
	v, ok := EC2("us-east-1", "m5.gigantic")
	f("a type", v, ok)
	for _, engine := range []string{"oracle-ee", "sqlserver-ex", "db2-se", ""} {
		v, ok = RDS("us-east-1", "db.m5.large", engine, false)
		f("engine "+engine, v, ok)
	}
	v, ok = RDS("us-east-1", "db.serverless", "aurora-mysql", false)
	f("serverless", v, ok)
	v, ok = EBS("us-east-1", "gp9", 1, 0)
	f("a volume's type", v, ok)
	if _, _, ok := EC2Shape("m5.gigantic"); ok {
		t.Error("the shape of a type that does not exist")
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	if vcpu, mem, ok := EC2Shape("m5.2xlarge"); vcpu != 8 || mem != 32 || !ok {
		t.Errorf("m5.2xlarge: %v vCPU, %v GiB, %v", vcpu, mem, ok)
	}
	types := Types()
	if len(types) < 900 {
		t.Errorf("%d types", len(types))
	}
	for _, name := range types {
		if vcpu, mem, ok := EC2Shape(name); !ok || vcpu <= 0 || mem <= 0 {
			t.Errorf("%s: %v vCPU, %v GiB", name, vcpu, mem)
		}
	}
}

// A bigger one of a family is not cheaper, and no region asks thrice what
// another does: a slip of the source would show.
func TestTableIsPlausible(t *testing.T) {
	t.Parallel()
	p := list()
	for _, region := range p.Regions {
		for _, family := range []string{"m5", "c5", "r5", "t3", "m6g"} {
			last := 0.0
			for _, size := range []string{"large", "xlarge", "2xlarge"} {
				v, ok := EC2(region, family+"."+size)
				if ok && v <= last {
					t.Errorf("%s %s.%s costs %v, the smaller one %v", region, family, size, v, last)
				}
				last = v
			}
		}
	}
	for name, row := range p.table.RDS {
		least, most := math.Inf(1), 0.0
		for _, v := range row {
			if v > 0 {
				least, most = min(least, v), max(most, v)
			}
		}
		if most > 3*least {
			t.Errorf("%s: from %v to %v", name, least, most)
		}
	}
}

func TestSaysWhereItIsFrom(t *testing.T) {
	t.Parallel()
	if at := AsOf(); at.Before(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) || !strings.Contains(Source(), at.Format(time.DateOnly)) || !strings.Contains(Source(), "list price") {
		t.Errorf("as of %s from %q", at, Source())
	}
	if len(packed) > 200<<10 {
		t.Errorf("the table has %d bytes", len(packed))
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	EC2("us-east-1", "m5.large") // unpacks
	n := testing.AllocsPerRun(100, func() {
		EC2("us-east-1", "m5.large")
		RDS("us-east-1", "db.m5.large", "mysql", true)
		EBS("us-east-1", "gp3", 1, 0)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
