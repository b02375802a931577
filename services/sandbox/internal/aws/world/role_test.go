package world

import (
	"os"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/iam"
)

// TestRolesAreThoseOfTheDeployment compares what the sandbox's roles may with what
// deploy/aws gives: the same decision on every request that Parley or somebody with
// its credentials could make.
func TestRolesAreThoseOfTheDeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, monday)
	actions := []string{
		"cloudwatch:ListMetrics", "cloudwatch:GetMetricData", "cloudwatch:PutMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:DescribeAlarms",
		"tag:GetResources", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus", "ec2:DescribeVolumes", "ec2:DescribeAddresses", "ec2:DescribeNatGateways",
		"ec2:DescribeRegions", "ec2:DescribeSpotInstanceRequests", "ec2:StopInstances", "ec2:StartInstances", "ec2:RebootInstances", "ec2:TerminateInstances", "ec2:RunInstances",
		"ec2:CreateTags", "ec2:DeleteTags", "ec2:DeleteVolume", "autoscaling:DescribeAutoScalingGroups", "autoscaling:SetDesiredCapacity",
		"autoscaling:CreateOrUpdateTags", "rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:StopDBInstance", "rds:StartDBInstance", "rds:DeleteDBInstance",
		"rds:AddTagsToResource", "rds:ListTagsForResource", "ecs:DescribeServices", "ecs:UpdateService", "ecs:ListServices", "ecs:TagResource", "lambda:InvokeFunction",
		"lambda:ListFunctions", "lambda:GetFunctionConfiguration", "ssm:SendCommand", "ssm:GetCommandInvocation", "ssm:StartAutomationExecution", "ssm:GetAutomationExecution",
		"pricing:GetProducts", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetHealth", "elasticache:DescribeCacheClusters",
		"iam:PassRole", "sts:AssumeRole", "s3:GetObject", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SendMessage",
	}
	resources := []string{
		"*", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1", "arn:aws:rds:eu-west-1:111122223333:db:orders",
		"arn:aws:ecs:eu-west-1:111122223333:service/shop/checkout", "arn:aws:lambda:eu-west-1:111122223333:function:parley-x", "arn:aws:lambda:eu-west-1:111122223333:function:x",
		"arn:aws:ssm:eu-west-1:111122223333:document/Parley-X", "arn:aws:ssm:eu-west-1::document/AWS-X", "arn:aws:ssm:eu-west-1:111122223333:automation-definition/Parley-X:$DEFAULT",
		"arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/web", "arn:aws:sqs:eu-west-1:111122223333:parley-events", "arn:aws:sqs:eu-west-1:111122223333:orders",
	}
	contexts := []map[string][]string{
		nil, {"aws:ResourceTag/parley:actions": {"allowed"}}, {"aws:ResourceTag/parley:actions": {"no"}},
		{"aws:ResourceTag/parley:actions": {"allowed"}, "aws:ResourceTag/parley:protected": {"true"}},
		{"aws:TagKeys": {"parley:keep-until"}}, {"aws:TagKeys": {"parley:keep-until", "parley:actions"}}, {"aws:TagKeys": {"Name"}}, {"aws:TagKeys": {"parley:protected"}},
	}
	for name, files := range map[string][]string{"parley-collector": {"collector.json", "events.json"}, "parley-actions": {"actions.json"}} {
		var deployed []iam.Policy
		for _, file := range files {
			document, err := os.ReadFile("../../../../../deploy/aws/iam/" + file)
			if os.IsNotExist(err) {
				t.Skip("deploy/aws is not here")
			}
			if err != nil {
				t.Fatal(err)
			}
			policy, err := iam.Parse(document)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			deployed = append(deployed, policy)
		}
		for _, action := range actions {
			for _, resource := range resources {
				for _, context := range contexts {
					r := iam.Request{Action: action, Resource: resource, Context: context}
					here, _ := iam.Decide(w.roles[roleARN(Data, name)].policies, r)
					there, _ := iam.Decide(deployed, r)
					if here != there {
						t.Errorf("%s: %v: %v here, %v as deployed: copy deploy/aws/iam/*.json here", name, r, here, there)
					}
				}
			}
		}
	}
}

// TestCollectorOnlyReads holds the collector's role to what its name says.
func TestCollectorOnlyReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, monday)
	for _, p := range w.roles[roleARN(Data, "parley-collector")].policies {
		for _, s := range p.Statement {
			for _, a := range s.Action {
				reads := false
				for _, verb := range []string{":Describe*", ":Get*", ":List*", "sqs:ReceiveMessage", "sqs:DeleteMessage"} {
					reads = reads || iam.Like("*"+verb, a)
				}
				if s.Effect == "Allow" && !reads {
					t.Errorf("it may %s", a)
				}
			}
		}
	}
}
