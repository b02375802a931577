package catalog

import (
	"testing"
	"time"
)

func TestEC2(t *testing.T) {
	t.Parallel()
	m, ok := Find("aws.ec2.cpu_utilization.p95")
	if !ok || m.AWS != "CPUUtilization" || m.Statistic != "p95" || m.Unit != "%" || m.Missing != Unknown || m.Period != 5*time.Minute || m.Namespace != "AWS/EC2" {
		t.Fatalf("%+v", m)
	}
}
