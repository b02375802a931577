package doctor

import (
	"context"
	"path"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/parley-ops/parley/services/internal/account"
)

// prober asks in one account and region.
type prober struct {
	conf           aws.Config
	account, queue string
	// instance may be acted on, by its tags; "" is none.
	instance string
}

// probe asks for one permission. answers are codes of refusals that only those
// get to hear who have it, beside a dry run's.
type probe struct {
	call    func(p *prober, ctx context.Context) error
	answers []string
}

// nobody is the name of things that do not exist.
const (
	nobody   = "parley-doctor-not-there"
	document = "Parley-doctor-not-there"
	noRun    = "00000000-0000-4000-8000-000000000000"
)

// probes by permission. Those that are not here cannot be asked for without
// doing it.
var probes = map[string]probe{
	"cloudwatch:ListMetrics": {call: func(p *prober, ctx context.Context) error {
		_, err := cloudwatch.NewFromConfig(p.conf).ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: aws.String("Parley/Doctor")})
		return err
	}},
	"cloudwatch:GetMetricData": {call: func(p *prober, ctx context.Context) error {
		end := time.Now().Truncate(time.Hour)
		_, err := cloudwatch.NewFromConfig(p.conf).GetMetricData(ctx, &cloudwatch.GetMetricDataInput{StartTime: aws.Time(end.Add(-time.Hour)), EndTime: &end,
			MetricDataQueries: []cwtypes.MetricDataQuery{{Id: aws.String("doctor"), MetricStat: &cwtypes.MetricStat{Stat: aws.String("Sum"), Period: aws.Int32(3600),
				Metric: &cwtypes.Metric{Namespace: aws.String("Parley/Doctor"), MetricName: aws.String("None")}}}}})
		return err
	}},
	"cloudwatch:GetMetricStatistics": {call: func(p *prober, ctx context.Context) error {
		end := time.Now().Truncate(time.Hour)
		_, err := cloudwatch.NewFromConfig(p.conf).GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{StartTime: aws.Time(end.Add(-time.Hour)), EndTime: &end, Period: aws.Int32(3600),
			Namespace: aws.String("Parley/Doctor"), MetricName: aws.String("None"), Statistics: []cwtypes.Statistic{cwtypes.StatisticSum}})
		return err
	}},
	"tag:GetResources": {call: func(p *prober, ctx context.Context) error {
		_, err := resourcegroupstaggingapi.NewFromConfig(p.conf).GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourcesPerPage: aws.Int32(1)})
		return err
	}},
	"ec2:DescribeInstances": {call: func(p *prober, ctx context.Context) error {
		_, err := p.ec2().DescribeInstances(ctx, &ec2.DescribeInstancesInput{DryRun: aws.Bool(true)})
		return err
	}},
	"ec2:DescribeVolumes": {call: func(p *prober, ctx context.Context) error {
		_, err := p.ec2().DescribeVolumes(ctx, &ec2.DescribeVolumesInput{DryRun: aws.Bool(true)})
		return err
	}},
	"ec2:DescribeNatGateways": {call: func(p *prober, ctx context.Context) error {
		_, err := p.ec2().DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{DryRun: aws.Bool(true)})
		return err
	}},
	"ec2:DescribeSpotInstanceRequests": {call: func(p *prober, ctx context.Context) error {
		_, err := p.ec2().DescribeSpotInstanceRequests(ctx, &ec2.DescribeSpotInstanceRequestsInput{DryRun: aws.Bool(true)})
		return err
	}},
	"elasticloadbalancing:DescribeLoadBalancers": {call: func(p *prober, ctx context.Context) error {
		_, err := elasticloadbalancingv2.NewFromConfig(p.conf).DescribeLoadBalancers(ctx, &elasticloadbalancingv2.DescribeLoadBalancersInput{PageSize: aws.Int32(1)})
		return err
	}},
	"elasticloadbalancing:DescribeTags": {answers: []string{"LoadBalancerNotFound"}, call: func(p *prober, ctx context.Context) error {
		arn := "arn:" + account.Partition(p.conf.Region) + ":elasticloadbalancing:" + p.conf.Region + ":" + p.account + ":loadbalancer/app/" + nobody + "/0000000000000000"
		_, err := elasticloadbalancingv2.NewFromConfig(p.conf).DescribeTags(ctx, &elasticloadbalancingv2.DescribeTagsInput{ResourceArns: []string{arn}})
		return err
	}},
	"rds:DescribeDBInstances": {call: func(p *prober, ctx context.Context) error {
		_, err := rds.NewFromConfig(p.conf).DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(20)})
		return err
	}},
	"autoscaling:DescribeAutoScalingGroups": {call: func(p *prober, ctx context.Context) error {
		_, err := autoscaling.NewFromConfig(p.conf).DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{MaxRecords: aws.Int32(1)})
		return err
	}},
	"ecs:DescribeServices": {answers: []string{"ClusterNotFoundException"}, call: func(p *prober, ctx context.Context) error {
		_, err := ecs.NewFromConfig(p.conf).DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(nobody), Services: []string{nobody}})
		return err
	}},
	"sqs:GetQueueUrl": {call: func(p *prober, ctx context.Context) error {
		_, err := sqs.NewFromConfig(p.conf).GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(path.Base(p.queue))})
		return err
	}},
	"sqs:DeleteMessage": {answers: []string{"ReceiptHandleIsInvalid"}, call: func(p *prober, ctx context.Context) error {
		_, err := sqs.NewFromConfig(p.conf).DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &p.queue, ReceiptHandle: aws.String(nobody)})
		return err
	}},

	"ec2:StopInstances": {call: func(p *prober, ctx context.Context) error {
		return p.onInstance(func(id []string) error {
			_, err := p.ec2().StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: id, DryRun: aws.Bool(true)})
			return err
		})
	}},
	"ec2:StartInstances": {call: func(p *prober, ctx context.Context) error {
		return p.onInstance(func(id []string) error {
			_, err := p.ec2().StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: id, DryRun: aws.Bool(true)})
			return err
		})
	}},
	"ec2:RebootInstances": {call: func(p *prober, ctx context.Context) error {
		return p.onInstance(func(id []string) error {
			_, err := p.ec2().RebootInstances(ctx, &ec2.RebootInstancesInput{InstanceIds: id, DryRun: aws.Bool(true)})
			return err
		})
	}},
	"ec2:CreateTags": {call: func(p *prober, ctx context.Context) error {
		return p.onInstance(func(id []string) error {
			_, err := p.ec2().CreateTags(ctx, &ec2.CreateTagsInput{Resources: id, DryRun: aws.Bool(true),
				Tags: []types.Tag{{Key: aws.String("parley:keep-until"), Value: aws.String("2000-01-01")}}})
			return err
		})
	}},
	"lambda:InvokeFunction": {answers: []string{"ResourceNotFoundException"}, call: func(p *prober, ctx context.Context) error {
		_, err := lambda.NewFromConfig(p.conf).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(nobody), InvocationType: lambdatypes.InvocationTypeDryRun})
		return err
	}},
	"ssm:SendCommand": {answers: []string{"InvalidDocument"}, call: func(p *prober, ctx context.Context) error {
		return p.onInstance(func(id []string) error {
			_, err := ssm.NewFromConfig(p.conf).SendCommand(ctx, &ssm.SendCommandInput{DocumentName: aws.String(document), InstanceIds: id})
			return err
		})
	}},
	"ssm:GetCommandInvocation": {answers: []string{"InvocationDoesNotExist", "InvalidInstanceId", "InvalidCommandId"}, call: func(p *prober, ctx context.Context) error {
		_, err := ssm.NewFromConfig(p.conf).GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{CommandId: aws.String(noRun), InstanceId: aws.String("i-00000000000000000")})
		return err
	}},
	"ssm:StartAutomationExecution": {answers: []string{"AutomationDefinitionNotFoundException"}, call: func(p *prober, ctx context.Context) error {
		_, err := ssm.NewFromConfig(p.conf).StartAutomationExecution(ctx, &ssm.StartAutomationExecutionInput{DocumentName: aws.String(document)})
		return err
	}},
	"ssm:GetAutomationExecution": {answers: []string{"AutomationExecutionNotFoundException"}, call: func(p *prober, ctx context.Context) error {
		_, err := ssm.NewFromConfig(p.conf).GetAutomationExecution(ctx, &ssm.GetAutomationExecutionInput{AutomationExecutionId: aws.String(noRun)})
		return err
	}},
}

func (p *prober) ec2() *ec2.Client { return ec2.NewFromConfig(p.conf) }

// lookForInstance finds an instance that may be acted on: a permission that is
// bound to a tag can be asked for only where the tag is.
func (p *prober) lookForInstance(ctx context.Context) {
	out, err := p.ec2().DescribeInstances(ctx, &ec2.DescribeInstancesInput{MaxResults: aws.Int32(100),
		Filters: []types.Filter{{Name: aws.String("tag:parley:actions"), Values: []string{"allowed"}}, {Name: aws.String("instance-state-name"), Values: []string{"running", "stopped"}}}})
	if err != nil {
		return // ec2:DescribeInstances is among what is tried, and says why
	}
	for _, r := range out.Reservations {
		for _, i := range r.Instances {
			protected := false
			for _, t := range i.Tags {
				protected = protected || aws.ToString(t.Key) == "parley:protected" && aws.ToString(t.Value) == "true"
			}
			if !protected && p.instance == "" {
				p.instance = aws.ToString(i.InstanceId)
			}
		}
	}
}

func (p *prober) onInstance(f func([]string) error) error {
	if p.instance == "" {
		return untried("no instance here carries the tag parley:actions=allowed")
	}
	return f([]string{p.instance})
}
