package awsec2

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
)

// Group returns the instances with the same value of a tag, or of the same
// Auto Scaling group.
func (k *kind) Group(ctx context.Context, c action.Call, of string) (action.Group, error) {
	s, err := k.at.Open(ctx, c)
	if err != nil {
		return action.Group{}, err
	}
	i, err := s.Instance(ctx, s.ID)
	if err != nil {
		return action.Group{}, err
	}
	tag, words := awskit.TagGroup, "Auto Scaling group "
	if of != "group" {
		tag = of[len("tag:"):]
		words = "tag " + tag + "="
	}
	value := i.TagMap()[tag]
	if value == "" {
		return action.Group{}, nil
	}
	g := action.Group{Name: words + value, Resource: s.Resource()}
	// Without the SDK's paginator, which would keep all of EC2 in the binary.
	client, in := ec2.NewFromConfig(s.Config), &ec2.DescribeInstancesInput{MaxResults: aws.Int32(1000),
		Filters: []types.Filter{{Name: aws.String("tag:" + tag), Values: []string{value}}}}
	for more := true; more && len(g.Members) < 10000; {
		page, err := client.DescribeInstances(ctx, in)
		if err != nil {
			return action.Group{}, s.Before(err, "ec2:DescribeInstances")
		}
		in.NextToken, more = page.NextToken, aws.ToString(page.NextToken) != ""
		for _, r := range page.Reservations {
			for _, other := range r.Instances {
				o := &awskit.Instance{Instance: other}
				if o.Is(types.InstanceStateNameTerminated, types.InstanceStateNameShuttingDown) {
					continue
				}
				name := s.Named(aws.ToString(o.InstanceId))
				g.Members = append(g.Members, name)
				if !o.Is(types.InstanceStateNameRunning) {
					g.Out = append(g.Out, name)
				}
			}
		}
	}
	return g, nil
}
