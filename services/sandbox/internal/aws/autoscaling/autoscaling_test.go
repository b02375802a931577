package autoscaling

import (
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestGroup(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := autoscaling.NewFromConfig(cfg)
	set := func(c *autoscaling.Client, name string, n int32, honor bool) error {
		_, err := c.SetDesiredCapacity(t.Context(), &autoscaling.SetDesiredCapacityInput{
			AutoScalingGroupName: sdk.String(name), DesiredCapacity: sdk.Int32(n), HonorCooldown: sdk.Bool(honor),
		})
		return err
	}
	group := func() types.AutoScalingGroup {
		t.Helper()
		out, err := c.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"web"}})
		if err != nil || len(out.AutoScalingGroups) != 1 {
			t.Fatal(out, err)
		}
		return out.AutoScalingGroups[0]
	}
	inService := func() (n int) {
		for _, i := range group().Instances {
			if i.LifecycleState == types.LifecycleStateInService {
				n++
			}
		}
		return n
	}
	if g := group(); *g.MinSize != 2 || *g.MaxSize != 8 || *g.DesiredCapacity != 4 || len(g.Instances) != 4 || len(g.TargetGroupARNs) != 1 {
		t.Errorf("%+v", g)
	}
	awstest.Want(t, set(c, "web", 9, false), "ValidationError")
	awstest.Want(t, set(c, "web", 1, false), "ValidationError")
	awstest.Want(t, set(c, "absent", 1, false), "ValidationError")
	reads := autoscaling.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-collector"))
	awstest.Want(t, set(reads, "web", 5, false), "AccessDenied")
	acts := autoscaling.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-actions"))
	if err := set(acts, "web", 6, true); err != nil {
		t.Fatal(err)
	}
	awstest.Want(t, set(acts, "web", 7, true), "ScalingActivityInProgress")
	if g := group(); *g.DesiredCapacity != 6 || inService() != 4 {
		t.Errorf("at once %d of %d are in service", inService(), *g.DesiredCapacity)
	}
	awstest.Advance(t, w, 30*time.Second)
	if inService() != 6 {
		t.Errorf("later %d", inService())
	}
	if err := set(acts, "web", 2, false); err != nil {
		t.Fatal(err)
	}
	awstest.Advance(t, w, time.Minute)
	if n := len(group().Instances); n != 2 || inService() != 2 {
		t.Errorf("after scaling in: %d, %d in service", n, inService())
	}
	web4 := group().Instances[0].InstanceId // stopped by hand: the group replaces it
	if _, err := w.StopInstances(awstest.Home, []string{*web4}, "test"); err != nil {
		t.Fatal(err)
	}
	awstest.Advance(t, w, 2*time.Minute)
	if n := inService(); n != 2 || *group().Instances[0].InstanceId == *web4 {
		t.Errorf("after a stop by hand %d are in service", n)
	}
	awstest.Advance(t, w, 5*time.Minute)
	points := w.Points(awstest.Home, world.NewMetric("AWS/AutoScaling", "GroupDesiredCapacity", world.Dimension{Name: "AutoScalingGroupName", Value: "web"}),
		awstest.Now.Add(-time.Minute), awstest.Now.Add(time.Hour), time.Minute)
	if points[0].Max != 4 || points[len(points)-1].Max != 2 {
		t.Errorf("desired was %v, is %v", points[0].Max, points[len(points)-1].Max)
	}
}
