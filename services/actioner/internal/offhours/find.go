package offhours

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/parley-ops/parley/services/internal/account"
)

// find returns the resources with the tag. What could be read comes with the
// error of what could not.
func (w *Watcher) find(ctx context.Context, a account.Account, region string) ([]resource, error) {
	conf, err := w.Accounts.AWS(ctx, a, region, account.Act, "parley-offhours")
	if err != nil {
		return nil, err
	}
	out, err := w.instances(ctx, conf)
	err = account.Explain(err, a, region, "ec2:DescribeInstances")
	more, err2 := w.databases(ctx, conf)
	return append(out, more...), errors.Join(err, account.Explain(err2, a, region, "rds:DescribeDBInstances"))
}

func (w *Watcher) instances(ctx context.Context, conf aws.Config) ([]resource, error) {
	var out []resource
	// Without the SDK's paginators, which would keep all of EC2 and RDS in the binary.
	client, in := ec2.NewFromConfig(conf), &ec2.DescribeInstancesInput{MaxResults: aws.Int32(1000),
		Filters: []ec2types.Filter{{Name: aws.String("tag-key"), Values: []string{w.Tag}}}}
	for more := true; more && len(out) < mostResources; {
		page, err := client.DescribeInstances(ctx, in)
		if err != nil {
			return out, err
		}
		in.NextToken, more = page.NextToken, aws.ToString(page.NextToken) != ""
		for _, r := range page.Reservations {
			for _, i := range r.Instances {
				one := resource{what: "instance", id: aws.ToString(i.InstanceId)}
				if i.State != nil {
					one.running, one.idle = i.State.Name == ec2types.InstanceStateNameRunning, i.State.Name == ec2types.InstanceStateNameStopped
				}
				for _, t := range i.Tags {
					if aws.ToString(t.Key) == w.Tag {
						one.value = aws.ToString(t.Value)
						out = append(out, one)
					}
				}
			}
		}
	}
	return out, nil
}

func (w *Watcher) databases(ctx context.Context, conf aws.Config) ([]resource, error) {
	var out []resource
	client, in, more := rds.NewFromConfig(conf), &rds.DescribeDBInstancesInput{}, true
	for seen := 0; more && seen < mostResources; {
		page, err := client.DescribeDBInstances(ctx, in)
		if err != nil {
			return out, err
		}
		in.Marker, more = page.Marker, aws.ToString(page.Marker) != ""
		seen += len(page.DBInstances)
		for _, d := range page.DBInstances {
			for _, t := range d.TagList {
				if aws.ToString(t.Key) == w.Tag {
					out = append(out, resource{what: "database", id: aws.ToString(d.DBInstanceIdentifier), value: aws.ToString(t.Value),
						running: aws.ToString(d.DBInstanceStatus) == "available", idle: aws.ToString(d.DBInstanceStatus) == "stopped"})
				}
			}
		}
	}
	return out, nil
}
