package price

// ratesAsOf is when the rates below were written down.
const ratesAsOf = "2026-11-22"

// rates are prices that one number a region decides. GiB and IOPS are per
// month, the rest per hour.
type rates struct {
	gp2, gp3, gp3IOPS, io, ioIOPS, st1, sc1, magnetic float64
	loadBalancer, classicBalancer, nat                float64
}

// byRegion is from AWS' pages of prices (EBS, Elastic Load Balancing, VPC). A
// second, independent source confirms for us-east-1: gp2, gp3, io1, load
// balancers, NAT; for eu-west-1: gp2, io1 with its IOPS, st1, load balancers;
// for eu-central-1: gp3. The rest is to be verified with the Price List API on
// a real account. us-east-2 and us-west-2 have us-east-1's list.
var byRegion = func() map[string]rates {
	virginia := rates{gp2: 0.10, gp3: 0.08, gp3IOPS: 0.005, io: 0.125, ioIOPS: 0.065, st1: 0.045, sc1: 0.015, magnetic: 0.05,
		loadBalancer: 0.0225, classicBalancer: 0.025, nat: 0.045}
	return map[string]rates{
		"us-east-1": virginia, "us-east-2": virginia, "us-west-2": virginia,
		"eu-west-1": {gp2: 0.11, gp3: 0.088, gp3IOPS: 0.0055, io: 0.138, ioIOPS: 0.072, st1: 0.05, sc1: 0.0168, magnetic: 0.055,
			loadBalancer: 0.0252, classicBalancer: 0.028, nat: 0.048},
		"eu-central-1": {gp2: 0.119, gp3: 0.0952, gp3IOPS: 0.006, io: 0.149, ioIOPS: 0.078, st1: 0.054, sc1: 0.018, magnetic: 0.059,
			loadBalancer: 0.027, classicBalancer: 0.03, nat: 0.052},
	}
}()

// gp3 has 3,000 IOPS for nothing; io2's price falls by 30 % above 32,000 and
// again above 64,000.
const (
	gp3Free          = 3000
	io2Tier1         = 32_000
	io2Tier2         = 64_000
	io2Tier          = 0.7
	kindGP3, kindIO2 = "gp3", "io2"
)

// EBS returns what a volume of gib GiB with iops provisioned IOPS costs in USD
// a month; volumeType is EC2's name (gp2, gp3, io1, io2, st1, sc1, standard).
// A gp3 volume's throughput above 125 MiB/s and a magnetic volume's requests
// are not counted.
func EBS(region, volumeType string, gib, iops int) (usdPerMonth float64, ok bool) {
	r, known := byRegion[region]
	if !known || gib < 0 || iops < 0 {
		return 0, false
	}
	size := float64(gib)
	switch volumeType {
	case "gp2":
		return size * r.gp2, true
	case kindGP3:
		return size*r.gp3 + float64(max(iops-gp3Free, 0))*r.gp3IOPS, true
	case "io1":
		return size*r.io + float64(iops)*r.ioIOPS, true
	case kindIO2:
		paid := float64(min(iops, io2Tier1)) + float64(max(min(iops, io2Tier2)-io2Tier1, 0))*io2Tier + float64(max(iops-io2Tier2, 0))*io2Tier*io2Tier
		return size*r.io + paid*r.ioIOPS, true
	case "st1":
		return size * r.st1, true
	case "sc1":
		return size * r.sc1, true
	case "standard":
		return size * r.magnetic, true
	}
	return 0, false
}

// ALB returns what an application load balancer costs when nothing goes through
// it, in USD an hour; capacity units come on top.
func ALB(region string) (usdPerHour float64, ok bool) {
	r, ok := byRegion[region]
	return r.loadBalancer, ok
}

// NLB is ALB for a network load balancer.
func NLB(region string) (usdPerHour float64, ok bool) { return ALB(region) }

// ELB is ALB for a classic load balancer; data comes on top.
func ELB(region string) (usdPerHour float64, ok bool) {
	r, ok := byRegion[region]
	return r.classicBalancer, ok
}

// NAT returns what a NAT gateway costs when nothing goes through it, in USD an
// hour; data comes on top.
func NAT(region string) (usdPerHour float64, ok bool) {
	r, ok := byRegion[region]
	return r.nat, ok
}
