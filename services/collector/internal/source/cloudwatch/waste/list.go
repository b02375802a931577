package waste

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
)

// mostListed bounds what is taken of one kind in one account and region.
const mostListed = 20_000

// The SDK's paginators are not used here: each takes the whole client as an
// interface, which keeps all of its operations in the binary, 25 MB of EC2's.

// list brings the inventory up to date. What cannot be listed stays as it was
// last known; the error says what that is.
func list(ctx context.Context, t *target.Target, inv *Inventory) error {
	inv.At = t.Now()
	client, balancers := target.EC2(t), target.ELB(t)
	return errors.Join(
		take(&inv.Instances, t, "ec2:DescribeInstances", func() ([]Instance, error) { return listInstances(ctx, client) }),
		take(&inv.Volumes, t, "ec2:DescribeVolumes", func() ([]Volume, error) { return listVolumes(ctx, client) }),
		take(&inv.Gateways, t, "ec2:DescribeNatGateways", func() ([]Gateway, error) { return listGateways(ctx, client) }),
		take(&inv.Balancers, t, "elasticloadbalancing:DescribeLoadBalancers", func() ([]Balancer, error) { return listBalancers(ctx, balancers) }),
		take(&inv.Databases, t, "rds:DescribeDBInstances", func() ([]Database, error) { return listDatabases(ctx, target.RDS(t)) }))
}

func take[R any](into *[]R, t *target.Target, operation string, list func() ([]R, error)) error {
	got, err := list()
	if err != nil {
		return t.Explain(err, operation)
	}
	*into = got
	return nil
}

func listInstances(ctx context.Context, c *ec2.Client) (out []Instance, err error) {
	in := &ec2.DescribeInstancesInput{MaxResults: aws.Int32(1000)}
	for more := true; more && len(out) < mostListed; {
		page, err := c.DescribeInstances(ctx, in)
		if err != nil {
			return nil, err
		}
		in.NextToken, more = page.NextToken, aws.ToString(page.NextToken) != ""
		for _, r := range page.Reservations {
			for _, i := range r.Instances {
				out = append(out, instanceOf(i))
			}
		}
	}
	return out, nil
}

func instanceOf(i ec2types.Instance) Instance {
	out := Instance{ID: aws.ToString(i.InstanceId), Type: string(i.InstanceType), Since: aws.ToTime(i.LaunchTime),
		Spot: i.InstanceLifecycle == ec2types.InstanceLifecycleTypeSpot, Platform: aws.ToString(i.PlatformDetails), Tags: ec2Tags(i.Tags)}
	if i.State != nil {
		out.State = string(i.State.Name)
	}
	if out.Platform == "Linux/UNIX" {
		out.Platform = ""
	}
	if out.Platform == "" {
		out.Platform = string(i.Platform)
	}
	if out.State == "stopped" {
		out.Since = StoppedSince(aws.ToString(i.StateTransitionReason))
	}
	return out
}

func listVolumes(ctx context.Context, c *ec2.Client) (out []Volume, err error) {
	in := &ec2.DescribeVolumesInput{MaxResults: aws.Int32(500)}
	for more := true; more && len(out) < mostListed; {
		page, err := c.DescribeVolumes(ctx, in)
		if err != nil {
			return nil, err
		}
		in.NextToken, more = page.NextToken, aws.ToString(page.NextToken) != ""
		for _, v := range page.Volumes {
			out = append(out, volumeOf(v))
		}
	}
	return out, nil
}

func volumeOf(v ec2types.Volume) Volume {
	out := Volume{ID: aws.ToString(v.VolumeId), Type: string(v.VolumeType), GiB: int(aws.ToInt32(v.Size)), IOPS: int(aws.ToInt32(v.Iops)),
		Created: aws.ToTime(v.CreateTime), Tags: ec2Tags(v.Tags)}
	for _, a := range v.Attachments {
		if a.State != ec2types.VolumeAttachmentStateDetached {
			out.Instance = aws.ToString(a.InstanceId)
		}
	}
	if out.Instance == "" && v.State != ec2types.VolumeStateAvailable {
		out.Instance = string(v.State) // being made, deleted or attached: in somebody's hands
	}
	return out
}

func listGateways(ctx context.Context, c *ec2.Client) (out []Gateway, err error) {
	in := &ec2.DescribeNatGatewaysInput{MaxResults: aws.Int32(1000)}
	for more := true; more && len(out) < mostListed; {
		page, err := c.DescribeNatGateways(ctx, in)
		if err != nil {
			return nil, err
		}
		in.NextToken, more = page.NextToken, aws.ToString(page.NextToken) != ""
		for _, g := range page.NatGateways {
			out = append(out, Gateway{ID: aws.ToString(g.NatGatewayId), State: string(g.State), Created: aws.ToTime(g.CreateTime), Tags: ec2Tags(g.Tags)})
		}
	}
	return out, nil
}

func ec2Tags(tags []ec2types.Tag) Tags {
	out := Tags{}
	for _, t := range tags {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}

// tagsAtOnce is how many load balancers DescribeTags takes.
const tagsAtOnce = 20

func listBalancers(ctx context.Context, c *elasticloadbalancingv2.Client) (out []Balancer, err error) {
	var arns []string
	in := &elasticloadbalancingv2.DescribeLoadBalancersInput{PageSize: aws.Int32(400)}
	for more := true; more && len(out) < mostListed; {
		page, err := c.DescribeLoadBalancers(ctx, in)
		if err != nil {
			return nil, err
		}
		in.Marker, more = page.NextMarker, aws.ToString(page.NextMarker) != ""
		for _, b := range page.LoadBalancers {
			_, id, ok := strings.Cut(aws.ToString(b.LoadBalancerArn), ":loadbalancer/")
			if !ok {
				continue
			}
			arns = append(arns, aws.ToString(b.LoadBalancerArn))
			out = append(out, Balancer{ID: id, Name: aws.ToString(b.LoadBalancerName), Type: string(b.Type), Created: aws.ToTime(b.CreatedTime), Tags: Tags{}})
		}
	}
	for i := 0; i < len(arns); i += tagsAtOnce {
		some := arns[i:min(i+tagsAtOnce, len(arns))]
		tags, err := c.DescribeTags(ctx, &elasticloadbalancingv2.DescribeTagsInput{ResourceArns: some})
		if err != nil {
			return nil, err
		}
		for _, d := range tags.TagDescriptions {
			for k, arn := range some {
				if arn == aws.ToString(d.ResourceArn) {
					for _, tag := range d.Tags {
						out[i+k].Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
					}
				}
			}
		}
	}
	return out, nil
}

func listDatabases(ctx context.Context, c *rds.Client) (out []Database, err error) {
	in := &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(100)}
	for more := true; more && len(out) < mostListed; {
		page, err := c.DescribeDBInstances(ctx, in)
		if err != nil {
			return nil, err
		}
		in.Marker, more = page.Marker, aws.ToString(page.Marker) != ""
		for _, d := range page.DBInstances {
			out = append(out, databaseOf(d))
		}
	}
	return out, nil
}

func databaseOf(d rdstypes.DBInstance) Database {
	out := Database{ID: aws.ToString(d.DBInstanceIdentifier), Class: aws.ToString(d.DBInstanceClass), Engine: aws.ToString(d.Engine),
		Status: aws.ToString(d.DBInstanceStatus), MultiAZ: aws.ToBool(d.MultiAZ), Created: aws.ToTime(d.InstanceCreateTime), Tags: Tags{}}
	for _, t := range d.TagList {
		out.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}
