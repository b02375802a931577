package doctor

import (
	"maps"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/internal/account"
)

// Metric is a metric that a policy looks at.
type Metric struct{ Name, Policy string }

// Action is an action that is declared; Operation may be unknown, "".
type Action struct{ Name, Kind, Operation string }

// Need is one permission and what it is needed for.
type Need struct {
	Purpose account.Purpose
	// Permission is the IAM action.
	Permission string
	// For are metrics and actions, sorted.
	For []string
}

// Needs returns the permissions that watching and acting on an account take,
// sorted.
func Needs(a account.Account, metrics []Metric, actions []Action) []Need {
	n := needs{}
	for _, m := range metrics {
		service, rest, ours := strings.Cut(strings.TrimPrefix(m.Name, "aws."), ".")
		if !strings.HasPrefix(m.Name, "aws.") || !ours || len(a.Services) > 0 && service != "waste" && !slices.Contains(a.Services, service) {
			continue
		}
		for _, p := range always {
			n.add(account.Read, p, m.Name)
		}
		if a.FreeTier {
			n.add(account.Read, "cloudwatch:GetMetricStatistics", m.Name)
		}
		find := ""
		if service == "waste" {
			find, _, _ = strings.Cut(rest, ".")
		}
		for _, p := range append(slices.Clone(byService[service]), byFind[find]...) {
			n.add(account.Read, p, m.Name)
		}
	}
	if a.Queue != "" {
		for _, p := range events {
			n.add(account.Read, p, "events of the queue")
		}
	}
	if a.ActionRole != "" {
		for _, act := range actions {
			for _, p := range byKind[act.Kind] {
				if p.operation == "" || act.Operation == "" || slices.Contains(strings.Fields(p.operation), act.Operation) {
					n.add(account.Act, p.permission, act.Name)
				}
			}
		}
	}
	return n.sorted()
}

var (
	// always are what each metric takes: which series there are, their values,
	// and their resources' tags.
	always = []string{"cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "tag:GetResources"}
	events = []string{"sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"}
	// byService are what a service takes beside.
	byService = map[string][]string{
		"ec2":     {"ec2:DescribeInstances"},
		"cwagent": {"ec2:DescribeInstances"},
	}
	// byFind are what each find of waste lists.
	byFind = map[string][]string{
		"idle_instance":           {"ec2:DescribeInstances"},
		"oversized_instance":      {"ec2:DescribeInstances"},
		"unattached_volume":       {"ec2:DescribeVolumes"},
		"stopped_instance_volume": {"ec2:DescribeVolumes", "ec2:DescribeInstances"},
		"idle_load_balancer":      {"elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags"},
		"idle_database":           {"rds:DescribeDBInstances"},
		"idle_nat_gateway":        {"ec2:DescribeNatGateways"},
	}
	// byKind are what each kind of action calls, for these operations; none is
	// for all.
	byKind = map[string][]call{
		"aws-ec2": {
			{"", "ec2:DescribeInstances"}, {"stop", "ec2:DescribeSpotInstanceRequests"}, {"stop", "ec2:StopInstances"}, {"start", "ec2:StartInstances"},
			{"reboot", "ec2:RebootInstances"}, {"keep", "ec2:CreateTags"},
		},
		"aws-asg":    {{"", "autoscaling:DescribeAutoScalingGroups"}, {"", "autoscaling:SetDesiredCapacity"}},
		"aws-rds":    {{"", "rds:DescribeDBInstances"}, {"stop", "rds:StopDBInstance"}, {"start", "rds:StartDBInstance"}},
		"aws-ecs":    {{"", "ecs:DescribeServices"}, {"", "ecs:UpdateService"}},
		"aws-lambda": {{"", "lambda:InvokeFunction"}},
		"aws-ssm": {
			{"", "ec2:DescribeInstances"}, {"command", "ssm:SendCommand"}, {"command", "ssm:GetCommandInvocation"},
			{"automation", "ssm:StartAutomationExecution"}, {"automation", "ssm:GetAutomationExecution"},
		},
	}
)

type call struct{ operation, permission string }

type needs map[grant]map[string]bool

// grant is a need without what it is for.
type grant struct {
	purpose    account.Purpose
	permission string
}

func (n needs) add(p account.Purpose, permission, what string) {
	k := grant{p, permission}
	if n[k] == nil {
		n[k] = map[string]bool{}
	}
	n[k][what] = true
}

func (n needs) sorted() []Need {
	out := []Need{}
	for k, what := range n {
		out = append(out, Need{k.purpose, k.permission, slices.Sorted(maps.Keys(what))})
	}
	slices.SortFunc(out, func(a, b Need) int {
		if a.Purpose != b.Purpose {
			return int(a.Purpose) - int(b.Purpose)
		}
		return strings.Compare(a.Permission, b.Permission)
	})
	return out
}
