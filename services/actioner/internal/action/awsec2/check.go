package awsec2

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
)

// check refuses, in words, what may not be done to the instance as it is now.
func (k *kind) check(ctx context.Context, s *awskit.Session, c action.Call, i *awskit.Instance) error {
	if err := k.asShown(s, c, i); err != nil {
		return err
	}
	if k.do == keep {
		return nil // it is left alone, which nothing forbids
	}
	if k.do == stop {
		// Before the tag that allows: no tag would make it possible.
		if err := stoppable(ctx, s, i); err != nil {
			return err
		}
	}
	if err := s.Guard(c, i.String(), i.TagMap(), time.Now()); err != nil {
		return err
	}
	if k.do == stop {
		return k.keepsAddress(c, i)
	}
	return nil
}

// asShown refuses what is no longer as the message said.
func (k *kind) asShown(s *awskit.Session, c action.Call, i *awskit.Instance) error {
	if i.Is(types.InstanceStateNameTerminated, types.InstanceStateNameShuttingDown) {
		return action.Refused(fmt.Sprintf("%s (%s) was terminated meanwhile", i, s))
	}
	if shown := c.Values[fill.Labels]["instance_type"]; shown != "" && shown != string(i.InstanceType) {
		return action.Refused(fmt.Sprintf("%s is of type %s now, and was of type %s when the message was written; look again and ask anew", i, i.InstanceType, shown))
	}
	switch {
	case k.do == stop && i.Is(types.InstanceStateNameStopped, types.InstanceStateNameStopping):
		return action.Refused(fmt.Sprintf("%s is %s already, not by this run; nothing was done", i, i.StateName()))
	case k.do == start && i.Is(types.InstanceStateNameRunning, types.InstanceStateNamePending):
		return action.Refused(fmt.Sprintf("%s is %s already, not by this run; nothing was done", i, i.StateName()))
	case (k.do == stop || k.do == reboot) && !i.Is(types.InstanceStateNameRunning):
		return action.NotDone(fmt.Sprintf("%s is %s: only a running instance can be told to %s", i, i.StateName(), k.do), nil)
	case k.do == start && !i.Is(types.InstanceStateNameStopped):
		return action.NotDone(fmt.Sprintf("%s is %s: only a stopped instance can be started; again in a moment", i, i.StateName()), nil)
	}
	return nil
}

// stoppable refuses what stopping would break.
func stoppable(ctx context.Context, s *awskit.Session, i *awskit.Instance) error {
	if err := s.Unprotected(i.String(), i.TagMap()); err != nil {
		return err
	}
	if g := i.TagMap()[awskit.TagGroup]; g != "" {
		return action.Refused(fmt.Sprintf("%s belongs to the Auto Scaling group %s, which would put another in its place; use scale-group on %s instead", i, g, g))
	}
	if i.RootDeviceType == types.DeviceTypeInstanceStore {
		return action.Refused(fmt.Sprintf("%s runs from an instance store: AWS cannot stop it, only terminate it, and its data would be lost", i))
	}
	if i.InstanceLifecycle == types.InstanceLifecycleTypeSpot && !persistent(ctx, s, i) {
		return action.Refused(fmt.Sprintf("%s is a one-time spot instance: AWS cannot stop it, only terminate it", i))
	}
	return nil
}

// keepsAddress refuses to lose a public address unless somebody said so.
func (k *kind) keepsAddress(c action.Call, i *awskit.Instance) error {
	address := i.Address()
	if address == "" {
		return nil
	}
	lose := ""
	if !k.loseAddress.Empty() {
		var err error
		if lose, err = k.loseAddress.Fill(c.Values, nil); err != nil {
			return action.Refused(err.Error())
		}
	}
	if lose != "yes" {
		return action.Refused(fmt.Sprintf("%s would lose its public address %s, which is not an elastic one; run the action with lose_address=yes if that does no harm", i, address))
	}
	return nil
}

// persistent reports whether a spot instance can be stopped and come again. It
// is not where that cannot be seen. Source: EC2 user guide, "Stop Spot
// Instances".
func persistent(ctx context.Context, s *awskit.Session, i *awskit.Instance) bool {
	request := aws.ToString(i.SpotInstanceRequestId)
	if request == "" {
		return false
	}
	out, err := ec2.NewFromConfig(s.Config).DescribeSpotInstanceRequests(ctx, &ec2.DescribeSpotInstanceRequestsInput{SpotInstanceRequestIds: []string{request}})
	return err == nil && len(out.SpotInstanceRequests) == 1 && out.SpotInstanceRequests[0].Type == types.SpotInstanceTypePersistent
}
