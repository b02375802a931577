package awskit

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/internal/price"
)

// Instance is an EC2 instance as AWS describes it now.
type Instance struct{ types.Instance }

// Instance reads one, or says that there is none such.
func (s *Session) Instance(ctx context.Context, id string) (*Instance, error) {
	out, err := ec2.NewFromConfig(s.Config).DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
	if err != nil && Code(err) != "InvalidInstanceID.NotFound" {
		return nil, s.Before(err, "ec2:DescribeInstances")
	}
	if out != nil {
		for _, r := range out.Reservations {
			for _, i := range r.Instances {
				if aws.ToString(i.InstanceId) == id {
					return &Instance{i}, nil
				}
			}
		}
	}
	return nil, action.Refused(fmt.Sprintf("there is no instance %s in %s: it was terminated since the message, or never there", id, s))
}

// String returns the id with the name.
func (i *Instance) String() string { return Named(aws.ToString(i.InstanceId), i.TagMap()["Name"]) }

// TagMap returns the tags by name.
func (i *Instance) TagMap() map[string]string {
	out := map[string]string{}
	for _, t := range i.Tags {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}

// StateName returns the state: "running".
func (i *Instance) StateName() string {
	if i.State == nil {
		return "in no state that AWS tells"
	}
	return string(i.State.Name)
}

// Is reports whether it is in one of these states.
func (i *Instance) Is(states ...types.InstanceStateName) bool {
	return i.State != nil && slices.Contains(states, i.State.Name)
}

// Price is what running it costs at list price, in USD an hour; 0: unknown, or
// a price that is not the list's.
func (i *Instance) Price(s *Session) float64 {
	if i.InstanceLifecycle != "" { // spot, scheduled, capacity blocks: other prices
		return 0
	}
	usd, _ := price.EC2(s.Region, string(i.InstanceType))
	return usd
}

// Address returns a public address that stopping would lose, or "".
func (i *Instance) Address() string {
	for _, n := range i.NetworkInterfaces {
		if a := n.Association; a != nil && aws.ToString(a.IpOwnerId) == "amazon" {
			return aws.ToString(a.PublicIp)
		}
	}
	if len(i.NetworkInterfaces) == 0 {
		return aws.ToString(i.PublicIpAddress)
	}
	return ""
}

// TagGroup is how an Auto Scaling group marks its instances.
const TagGroup = "aws:autoscaling:groupName"
