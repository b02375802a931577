package waste

import (
	"fmt"
	"time"
)

// Rules are the numbers by which something is waste. All can be set.
type Rules struct {
	Interval time.Duration `name:"interval" help:"How often figures are read; each reading costs (about 0.02 USD per quiet instance and month at once an hour). 0 looks for no waste." placeholder:"DURATION"`
	Look     time.Duration `name:"look" help:"How often what there is is listed, which costs nothing: what is stopped or deleted is seen by then." placeholder:"DURATION"`
	Days     int           `name:"days" help:"How far back figures are read, in days (1 to 14)." placeholder:"DAYS"`

	IdleAfter   time.Duration `name:"idle-after" help:"An instance is idle when it runs for as long and every hour since was quiet; 24h at least." placeholder:"DURATION"`
	CPU         float64       `name:"idle-cpu" help:"A quiet hour's CPU stays below this, in percent." placeholder:"PERCENT"`
	CPUP95      float64       `name:"idle-cpu-p95" help:"And 95 of 100 quiet hours below this, in percent." placeholder:"PERCENT"`
	NetworkMB   float64       `name:"idle-network" help:"A quiet day's network, in and out together, in MB." placeholder:"MB"`
	Packets     float64       `name:"idle-packets" help:"A quiet hour's network packets a second, in and out together: more is people or peers at work, however small." placeholder:"NUMBER"`
	DiskOps     float64       `name:"idle-disk" help:"A quiet hour's operations a second on its volumes." placeholder:"NUMBER"`
	Missing     float64       `name:"missing" help:"From which share of missing points nothing is said, in percent." placeholder:"PERCENT"`
	MediumDays  int           `name:"medium-days" help:"Quiet days, of those looked at, from which confidence is medium." placeholder:"DAYS"`
	UnusedAfter time.Duration `name:"unused-after" help:"A volume, load balancer, database or NAT gateway is waste when nobody used it for as long." placeholder:"DURATION"`

	SizeDays     int     `name:"size-days" help:"Days of figures that right-sizing needs." placeholder:"DAYS"`
	SizeCPU      float64 `name:"size-cpu" help:"CPU that the smaller type may come to in 95 of 100 hours, in percent." placeholder:"PERCENT"`
	SizeCPUMax   float64 `name:"size-cpu-max" help:"And in the busiest hour, in percent." placeholder:"PERCENT"`
	SizeMemory   float64 `name:"size-memory" help:"Memory that the smaller type may come to, in percent." placeholder:"PERCENT"`
	AssumeMemory float64 `name:"assume-memory" help:"Memory that is taken to be used where no CloudWatch agent reports it, in percent; 100 proposes nothing there." placeholder:"PERCENT"`
}

// Defaults returns the documented numbers.
func Defaults() Rules {
	return Rules{Interval: time.Hour, Look: 2 * time.Minute, Days: 14,
		IdleAfter: 24 * time.Hour, CPU: 5, CPUP95: 3, NetworkMB: 5, Packets: 2, DiskOps: 5, Missing: 20, MediumDays: 4, UnusedAfter: 7 * 24 * time.Hour,
		SizeDays: 7, SizeCPU: 60, SizeCPUMax: 90, SizeMemory: 80, AssumeMemory: 40}
}

// Validate refuses what cannot be meant.
func (r *Rules) Validate() error {
	if r.Interval == 0 {
		return nil // nothing is looked for
	}
	for _, c := range []struct {
		wrong bool
		say   string
	}{
		{r.Interval < 5*time.Minute, "--collector-cloudwatch-waste-interval: want 5m at least: every reading costs"},
		{r.Look < 10*time.Second || r.Look > r.Interval, "--collector-cloudwatch-waste-look: want 10s to the interval"},
		{r.Days < 1 || r.Days > 14, "--collector-cloudwatch-waste-days: want 1 to 14"},
		{r.IdleAfter < 24*time.Hour || r.IdleAfter > time.Duration(r.Days)*24*time.Hour, "--collector-cloudwatch-waste-idle-after: want 24h to the days looked at"},
		{r.UnusedAfter < 24*time.Hour || r.UnusedAfter > time.Duration(r.Days)*24*time.Hour, "--collector-cloudwatch-waste-unused-after: want 24h to the days looked at"},
		{r.MediumDays < 1 || r.MediumDays > r.Days, "--collector-cloudwatch-waste-medium-days: want 1 to the days looked at"},
		{r.SizeDays < 1 || r.SizeDays > r.Days, "--collector-cloudwatch-waste-size-days: want 1 to the days looked at"},
		{r.Missing <= 0 || r.Missing > 100, "--collector-cloudwatch-waste-missing: want a share above 0 and up to 100"},
		{r.SizeCPU <= 0 || r.SizeCPU > 100 || r.SizeCPUMax < r.SizeCPU || r.SizeCPUMax > 100, "--collector-cloudwatch-waste-size-cpu and size-cpu-max: want up to 100, the second not below the first"},
		{r.SizeMemory <= 0 || r.SizeMemory > 100 || r.AssumeMemory <= 0 || r.AssumeMemory > 100, "--collector-cloudwatch-waste-size-memory and assume-memory: want a share above 0 and up to 100"},
		{r.CPU <= 0 || r.CPUP95 <= 0 || r.NetworkMB <= 0 || r.Packets <= 0 || r.DiskOps <= 0, "waste idle-cpu, idle-cpu-p95, idle-network, idle-packets and idle-disk: want numbers above 0"},
	} {
		if c.wrong {
			return fmt.Errorf("%s", c.say)
		}
	}
	return nil
}
