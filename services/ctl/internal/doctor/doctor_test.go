package doctor_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/ctl/internal/doctor"
	"github.com/parley-ops/parley/services/ctl/internal/doctor/doctortest"
	"github.com/parley-ops/parley/services/internal/account"
)

func shop() account.Account {
	return account.Account{ID: "111122223333", Name: "shop", Regions: []string{"eu-west-1"}, Role: "arn:aws:iam::111122223333:role/parley-collector",
		ActionRole: "arn:aws:iam::111122223333:role/parley-actions", ExternalID: "hush-hush", FreeTier: true,
		Queue: "https://sqs.eu-west-1.amazonaws.com/111122223333/parley-events"}
}

// everything is all that could be configured.
var (
	everyMetric = []doctor.Metric{{Name: "aws.ec2.cpu_utilization"}, {Name: "aws.waste.idle_instance.usd_month"}, {Name: "aws.waste.unattached_volume.usd_month"},
		{Name: "aws.waste.idle_load_balancer.usd_month"}, {Name: "aws.waste.idle_database.usd_month"}, {Name: "aws.waste.idle_nat_gateway.usd_month"}}
	everyAction = []doctor.Action{{Name: "stop", Kind: "aws-ec2"}, {Name: "scale", Kind: "aws-asg"}, {Name: "rest", Kind: "aws-rds"}, {Name: "deploy", Kind: "aws-ecs"},
		{Name: "call", Kind: "aws-lambda"}, {Name: "run", Kind: "aws-ssm"}}
)

func TestNeeds(t *testing.T) {
	t.Parallel()
	f := func(name string, a account.Account, metrics []doctor.Metric, actions []doctor.Action, want ...string) {
		t.Helper()
		got := []string{}
		for _, n := range doctor.Needs(a, metrics, actions) {
			got = append(got, n.Purpose.String()+" "+n.Permission+" for "+strings.Join(n.For, ","))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
	a := account.Account{ID: "1", ActionRole: "x"}
	f("nothing", a, nil, nil)
	f("metrics of others", a, []doctor.Metric{{Name: "host.cpu"}, {Name: "aws.odd"}}, nil)
	f("a queue's metric", a, []doctor.Metric{{Name: "aws.sqs.x"}, {Name: "aws.sqs.x"}, {Name: "aws.rds.y"}}, nil,
		"read cloudwatch:GetMetricData for aws.rds.y,aws.sqs.x", "read cloudwatch:ListMetrics for aws.rds.y,aws.sqs.x", "read tag:GetResources for aws.rds.y,aws.sqs.x")
	only := a
	only.Services = []string{"rds"}
	f("a service that the account does not watch", only, []doctor.Metric{{Name: "aws.sqs.x"}}, nil)
	f("one operation", a, nil, []doctor.Action{{Name: "go", Kind: "aws-ec2", Operation: "start"}, {Name: "gc", Kind: "jvm-gc"}},
		"act ec2:DescribeInstances for go", "act ec2:StartInstances for go")
	reading := a
	reading.ActionRole = ""
	f("an account that is only watched", reading, nil, everyAction)
}

func TestAllIsAllowedAndNothingHappens(t *testing.T) {
	t.Parallel()
	aws := &doctortest.AWS{}
	set := account.New(account.Config{SandboxURL: "http://aws", Transport: aws}, shop())
	found := doctor.Check(t.Context(), set, shop(), "eu-west-1", doctor.Needs(shop(), everyMetric, everyAction))
	untried := []string{}
	for _, f := range found {
		switch f.State {
		case doctor.Allowed:
		case doctor.Untried:
			untried = append(untried, f.Permission)
		default:
			t.Errorf("%s: %s %s", f.Permission, f.State, f.Text)
		}
		if f.Wrong() || f.Account != "111122223333" || f.Region != "eu-west-1" {
			t.Errorf("%+v", f)
		}
	}
	if want := []string{"sqs:ReceiveMessage", "autoscaling:SetDesiredCapacity", "ecs:UpdateService", "rds:StartDBInstance", "rds:StopDBInstance"}; !slices.Equal(untried, want) {
		t.Errorf("not tried: %v, want %v", untried, want)
	}
	if len(found) < 25 {
		t.Errorf("only %d findings", len(found))
	}
	for _, asked := range aws.Asked() {
		if strings.HasSuffix(asked, "!") {
			t.Errorf("%s was done", strings.TrimSuffix(asked, "!"))
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	for _, denied := range []string{"cloudwatch:GetMetricData", "tag:GetResources", "ec2:DescribeVolumes", "rds:DescribeDBInstances", "ec2:StopInstances", "ec2:CreateTags",
		"lambda:InvokeFunction", "ssm:SendCommand", "ecs:DescribeServices", "autoscaling:DescribeAutoScalingGroups", "sqs:DeleteMessage"} {
		aws := &doctortest.AWS{Denied: []string{denied}}
		set := account.New(account.Config{SandboxURL: "http://aws", Transport: aws}, shop())
		missing, want := 0, 0
		for _, n := range doctor.Needs(shop(), everyMetric, everyAction) {
			if n.Permission == denied {
				want++ // some are needed to read and to act
			}
		}
		for _, f := range doctor.Check(t.Context(), set, shop(), "eu-west-1", doctor.Needs(shop(), everyMetric, everyAction)) {
			if f.State != doctor.Missing {
				continue
			}
			missing++
			if f.Permission != denied || len(f.For) == 0 || !strings.Contains(f.Text, denied) || !strings.Contains(f.Text, "shop (111122223333), eu-west-1") {
				t.Errorf("%s: %+v", denied, f)
			}
		}
		if missing != want || want == 0 {
			t.Errorf("%s: %d are missing, want %d", denied, missing, want)
		}
	}
}

func TestWithoutARoleNothingElseIsAsked(t *testing.T) {
	t.Parallel()
	aws := &doctortest.AWS{Denied: []string{"sts:AssumeRole"}}
	set := account.New(account.Config{SandboxURL: "http://aws", Transport: aws}, shop())
	found := doctor.Check(t.Context(), set, shop(), "eu-west-1", doctor.Needs(shop(), everyMetric, everyAction))
	if len(found) != 2 || found[0].State != doctor.Failed || found[1].Purpose != "act" || !strings.Contains(found[0].Text, "sts:ExternalId") || strings.Contains(found[0].Text, "hush") {
		t.Errorf("%+v", found)
	}
}

func TestNoInstanceCarriesTheTag(t *testing.T) {
	t.Parallel()
	set := account.New(account.Config{SandboxURL: "http://aws", Transport: &doctortest.AWS{Untagged: true}}, shop())
	for _, f := range doctor.Check(t.Context(), set, shop(), "eu-west-1", doctor.Needs(shop(), nil, everyAction)) {
		if f.Permission == "ec2:StopInstances" && (f.State != doctor.Untried || !strings.Contains(f.Text, "parley:actions=allowed")) {
			t.Errorf("%+v", f)
		}
	}
}

// What is needed for all that there is, is in the shipped policies, and the
// copies of those here are what is shipped.
func TestShippedPoliciesSuffice(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"collector.json", "actions.json", "events.json"} {
		here, err := os.ReadFile(filepath.Join("iam", name))
		if err != nil {
			t.Fatal(err)
		}
		shipped, err := os.ReadFile(filepath.Join("../../../../deploy/aws/iam", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(here, shipped) {
			t.Errorf("iam/%s is not deploy/aws/iam/%s: copy it", name, name)
		}
	}
	needs := doctor.Needs(shop(), everyMetric, everyAction)
	collector, actions := doctor.Policies(needs)
	allowed := map[string][]string{}
	for purpose, p := range map[string]*doctor.Policy{"read": collector, "act": actions} {
		for _, s := range p.Statement {
			if s.Effect == "Allow" {
				allowed[purpose] = append(allowed[purpose], s.Action...)
			}
		}
	}
	for _, n := range needs {
		if !slices.Contains(allowed[n.Purpose.String()], n.Permission) {
			t.Errorf("%s, to %s, is in no policy", n.Permission, n.Purpose)
		}
	}
}

// Every call of AWS that the services make is among the needs: whoever adds one
// adds its permission.
func TestEveryCallIsNeeded(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, n := range doctor.Needs(shop(), everyMetric, everyAction) {
		known[n.Permission] = true
	}
	call := regexp.MustCompile(`\b(autoscaling|cloudwatch|ec2|ecs|elasticache|elasticloadbalancingv2|lambda|pricing|rds|resourcegroupstaggingapi|sqs|ssm)\.(?:New)?([A-Z]\w+?)(?:Input|Paginator)\b`)
	names := map[string]string{"elasticloadbalancingv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag"}
	permissions := map[string]string{"lambda:Invoke": "lambda:InvokeFunction", "sqs:DeleteMessageBatch": "sqs:DeleteMessage"}
	seen := map[string]bool{}
	for _, service := range []string{"collector", "actioner", "notifier"} {
		err := filepath.WalkDir(filepath.Join("../../..", service), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			data, err := os.ReadFile(path)
			for _, m := range call.FindAllStringSubmatch(string(data), -1) {
				p := cmp.Or(names[m[1]], m[1]) + ":" + m[2]
				p = cmp.Or(permissions[p], p)
				if seen[p] = true; !known[p] {
					t.Errorf("%s calls %s, which is not in need.go", path, p)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d calls were found", len(seen))
	}
}

func TestPoliciesAreTheSmallest(t *testing.T) {
	t.Parallel()
	a := account.Account{ID: "1", ActionRole: "x"}
	collector, actions := doctor.Policies(doctor.Needs(a, []doctor.Metric{{Name: "aws.sqs.x"}}, []doctor.Action{{Name: "go", Kind: "aws-ec2", Operation: "stop"}}))
	if got := sids(collector); !slices.Equal(got, []string{"Metrics cloudwatch:GetMetricData cloudwatch:ListMetrics", "Inventory tag:GetResources"}) {
		t.Errorf("collector: %q", got)
	}
	want := []string{"SeeBeforeActing ec2:DescribeInstances ec2:DescribeSpotInstanceRequests", "PowerTaggedInstances ec2:StopInstances", "NeverProtected ec2:StopInstances"}
	if got := sids(actions); len(got) != 4 || !slices.Equal(got[:3], want) || !strings.HasPrefix(got[3], "NeverTagsThatGrant ") {
		t.Errorf("actions: %q", got)
	}
	var condition map[string]map[string]string
	if err := json.Unmarshal(actions.Statement[1].Condition, &condition); err != nil || !reflect.DeepEqual(condition, map[string]map[string]string{"StringEquals": {"aws:ResourceTag/parley:actions": "allowed"}}) {
		t.Errorf("the tag is lost: %v, %v", condition, err)
	}
	if _, actions := doctor.Policies(doctor.Needs(a, []doctor.Metric{{Name: "aws.sqs.x"}}, nil)); actions != nil {
		t.Errorf("a policy for acting where nothing is done: %v", actions)
	}
}

func sids(p *doctor.Policy) (out []string) {
	for _, s := range p.Statement {
		out = append(out, s.Sid+" "+strings.Join(s.Action, " "))
	}
	return out
}
