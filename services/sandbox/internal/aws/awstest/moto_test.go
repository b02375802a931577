package awstest_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"sort"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	tagapi "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	fakeasg "github.com/parley-ops/parley/services/sandbox/internal/aws/autoscaling"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	fakeec2 "github.com/parley-ops/parley/services/sandbox/internal/aws/ec2"
	fakests "github.com/parley-ops/parley/services/sandbox/internal/aws/sts"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/tagging"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// account is one of the two that the table runs against.
type account struct {
	cfg    sdk.Config
	settle func() // until states that take time are reached
	ids    []string
}

func (a *account) ec2() *ec2.Client { return ec2.NewFromConfig(a.cfg) }

// states are those of the account's own two instances.
func (a *account) states(ctx context.Context) string {
	a.settle()
	out, err := a.ec2().DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: a.ids})
	if err != nil {
		return awstest.Code(err)
	}
	var list []string
	for _, r := range out.Reservations {
		for _, i := range r.Instances {
			list = append(list, string(i.State.Name))
		}
	}
	return strings.Join(list, " ")
}

func filter(name string, values ...string) []types.Filter {
	return []types.Filter{{Name: sdk.String(name), Values: values}}
}

// accepts stands for no error where AWS has one.
const accepts = "-"

// cases are calls with an answer in a few words, in the order that they build on.
var cases = []struct {
	name string
	do   func(ctx context.Context, a *account) string
	want string
	moto string // what moto answers, where it is known to differ from AWS
}{
	{"run two", func(ctx context.Context, a *account) string {
		out, err := a.ec2().RunInstances(ctx, &ec2.RunInstancesInput{
			ImageId: sdk.String("ami-12c6146b"), InstanceType: "m5.2xlarge", MinCount: sdk.Int32(2), MaxCount: sdk.Int32(2),
			TagSpecifications: []types.TagSpecification{{ResourceType: "instance", Tags: []types.Tag{{Key: sdk.String("team"), Value: sdk.String("compare")}, {Key: sdk.String("Name"), Value: sdk.String("pair")}}}},
		})
		if err != nil {
			return awstest.Code(err)
		}
		for _, i := range out.Instances {
			a.ids = append(a.ids, *i.InstanceId)
		}
		return fmt.Sprint(len(out.Instances), " ", out.Instances[0].State.Name, " ", len(a.ids[0]))
	}, "2 pending 19", ""},
	{"they run", func(ctx context.Context, a *account) string { return a.states(ctx) }, "running running", ""},
	{"by tag", func(ctx context.Context, a *account) string {
		out, err := a.ec2().DescribeInstances(ctx, &ec2.DescribeInstancesInput{Filters: append(filter("tag:team", "comp*"), filter("instance-state-name", "running")...)})
		n := 0
		for _, r := range out.Reservations {
			n += len(r.Instances)
		}
		return fmt.Sprint(n, awstest.Code(err))
	}, "2", ""},
	{"by tag key, none", func(ctx context.Context, a *account) string {
		out, err := a.ec2().DescribeInstances(ctx, &ec2.DescribeInstancesInput{Filters: filter("tag-key", "nobody-has-this")})
		return fmt.Sprint(len(out.Reservations), awstest.Code(err))
	}, "0", ""},
	{"an unknown id", func(ctx context.Context, a *account) string {
		_, err := a.ec2().DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: []string{"i-00000000000000001"}})
		return awstest.Code(err)
	}, "InvalidInstanceID.NotFound", ""},
	{"a dry run", func(ctx context.Context, a *account) string {
		_, err := a.ec2().StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: a.ids, DryRun: sdk.Bool(true)})
		return awstest.Code(err) + " " + a.states(ctx)
	}, "DryRunOperation running running", ""},
	{"stop", func(ctx context.Context, a *account) string {
		out, err := a.ec2().StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: a.ids[:1]})
		if err != nil {
			return awstest.Code(err)
		}
		s := out.StoppingInstances[0]
		return fmt.Sprint(s.PreviousState.Name, " ", s.CurrentState.Name, " ", *s.CurrentState.Code, " ", a.states(ctx))
	}, "running stopping 64 stopped running", ""},
	{"start", func(ctx context.Context, a *account) string {
		out, err := a.ec2().StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: a.ids[:1]})
		if err != nil {
			return awstest.Code(err)
		}
		s := out.StartingInstances[0]
		return fmt.Sprint(s.PreviousState.Name, " ", s.CurrentState.Name, " ", a.states(ctx))
	}, "stopped pending running running", ""},
	{"reboot", func(ctx context.Context, a *account) string {
		_, err := a.ec2().RebootInstances(ctx, &ec2.RebootInstancesInput{InstanceIds: a.ids})
		return awstest.Code(err) + a.states(ctx)
	}, "running running", ""},
	{"stop an unknown one", func(ctx context.Context, a *account) string {
		_, err := a.ec2().StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: []string{"i-00000000000000001"}})
		return awstest.Code(err)
	}, "InvalidInstanceID.NotFound", ""},
	{"tag and untag", func(ctx context.Context, a *account) string {
		_, err := a.ec2().CreateTags(ctx, &ec2.CreateTagsInput{Resources: a.ids, Tags: []types.Tag{{Key: sdk.String("a"), Value: sdk.String("1")}, {Key: sdk.String("b"), Value: sdk.String("2")}}})
		if err != nil {
			return awstest.Code(err)
		}
		_, err = a.ec2().DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: a.ids, Tags: []types.Tag{{Key: sdk.String("a"), Value: sdk.String("1")}, {Key: sdk.String("b"), Value: sdk.String("another")}}})
		if err != nil {
			return awstest.Code(err)
		}
		out, err := a.ec2().DescribeTags(ctx, &ec2.DescribeTagsInput{Filters: filter("resource-id", a.ids[0])})
		var list []string
		for _, t := range out.Tags {
			list = append(list, fmt.Sprint(*t.Key, "=", *t.Value, "(", t.ResourceType, ")"))
		}
		sort.Strings(list)
		return strings.Join(list, " ") + awstest.Code(err)
	}, "Name=pair(instance) b=2(instance) team=compare(instance)", ""},
	{"tag nothing", func(ctx context.Context, a *account) string {
		_, err := a.ec2().CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{"i-00000000000000001"}, Tags: []types.Tag{{Key: sdk.String("a"), Value: sdk.String("1")}}})
		return awstest.Code(err)
	}, "InvalidInstanceID.NotFound", accepts},
	{"an unknown volume", func(ctx context.Context, a *account) string {
		_, err := a.ec2().DescribeVolumes(ctx, &ec2.DescribeVolumesInput{VolumeIds: []string{"vol-00000000000000001"}})
		return awstest.Code(err)
	}, "InvalidVolume.NotFound", ""},
	{"a region", func(ctx context.Context, a *account) string {
		out, err := a.ec2().DescribeRegions(ctx, &ec2.DescribeRegionsInput{RegionNames: []string{"eu-west-1"}})
		if err != nil {
			return awstest.Code(err)
		}
		return fmt.Sprint(*out.Regions[0].RegionName, " ", *out.Regions[0].Endpoint, " ", *out.Regions[0].OptInStatus)
	}, "eu-west-1 ec2.eu-west-1.amazonaws.com opt-in-not-required", ""},
	{"a type", func(ctx context.Context, a *account) string {
		out, err := a.ec2().DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"r5.4xlarge"}})
		if err != nil {
			return awstest.Code(err)
		}
		i := out.InstanceTypes[0]
		return fmt.Sprint(*i.VCpuInfo.DefaultVCpus, " ", *i.MemoryInfo.SizeInMiB, " ", *i.BurstablePerformanceSupported)
	}, "16 131072 false", ""},
	{"an unknown type", func(ctx context.Context, a *account) string {
		_, err := a.ec2().DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"z9.nano"}})
		return awstest.Code(err)
	}, "InvalidInstanceType", ""},
	{"who am I", func(ctx context.Context, a *account) string {
		out, err := sts.NewFromConfig(a.cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return awstest.Code(err)
		}
		return strings.ReplaceAll(strings.TrimRight(*out.Arn, "abcdefghijklmnopqrstuvwxyz"), *out.Account, "ME")
	}, "arn:aws:iam::ME:user/", "arn:aws:sts::ME:user/"},
	{"assume a role", func(ctx context.Context, a *account) string {
		out, err := sts.NewFromConfig(a.cfg).AssumeRole(ctx, &sts.AssumeRoleInput{
			RoleArn: sdk.String("arn:aws:iam::444455556666:role/parley-actions"), RoleSessionName: sdk.String("U1"), ExternalId: sdk.String(world.Foreign),
		})
		if err != nil {
			return awstest.Code(err)
		}
		cfg := awstest.Config(*a.cfg.BaseEndpoint, *out.Credentials.AccessKeyId, *out.Credentials.SessionToken)
		who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return awstest.Code(err)
		}
		return fmt.Sprint(*out.AssumedRoleUser.Arn, " ", *who.Arn == *out.AssumedRoleUser.Arn, " ", *who.Account, " ", (*out.Credentials.AccessKeyId)[:4])
	}, "arn:aws:sts::444455556666:assumed-role/parley-actions/U1 true 444455556666 ASIA", ""},
	{"tagged resources", func(ctx context.Context, a *account) string {
		out, err := tagapi.NewFromConfig(a.cfg).GetResources(ctx, &tagapi.GetResourcesInput{
			TagFilters: []tagtypes.TagFilter{{Key: sdk.String("team"), Values: []string{"compare"}}}, ResourceTypeFilters: []string{"ec2:instance"},
		})
		if err != nil {
			return awstest.Code(err)
		}
		n := 0
		for _, r := range out.ResourceTagMappingList {
			if strings.HasPrefix(*r.ResourceARN, "arn:aws:ec2:eu-west-1:") && (strings.HasSuffix(*r.ResourceARN, "instance/"+a.ids[0]) || strings.HasSuffix(*r.ResourceARN, "instance/"+a.ids[1])) {
				n += len(r.Tags)
			}
		}
		return fmt.Sprint(len(out.ResourceTagMappingList), " ", n)
	}, "2 6", ""},
	{"a group", func(ctx context.Context, a *account) string { return group(ctx, a) }, "web 2 8 4 4", ""},
	{"scale it", func(ctx context.Context, a *account) string {
		_, err := autoscaling.NewFromConfig(a.cfg).SetDesiredCapacity(ctx, &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: sdk.String("web"), DesiredCapacity: sdk.Int32(6)})
		a.settle()
		return awstest.Code(err) + group(ctx, a)
	}, "web 2 8 6 6", ""},
	{"an unknown group", func(ctx context.Context, a *account) string {
		out, err := autoscaling.NewFromConfig(a.cfg).DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"absent"}})
		if err != nil {
			return awstest.Code(err)
		}
		return fmt.Sprint(len(out.AutoScalingGroups))
	}, "0", ""},
	{"terminate", func(ctx context.Context, a *account) string {
		out, err := a.ec2().TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: a.ids})
		if err != nil {
			return awstest.Code(err)
		}
		return fmt.Sprint(out.TerminatingInstances[0].CurrentState.Name, " ", a.states(ctx))
	}, "shutting-down terminated terminated", ""},
	{"start a terminated one", func(ctx context.Context, a *account) string {
		_, err := a.ec2().StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: a.ids})
		return awstest.Code(err)
	}, "IncorrectInstanceState", accepts},
}

func group(ctx context.Context, a *account) string {
	out, err := autoscaling.NewFromConfig(a.cfg).DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"web"}})
	if err != nil || len(out.AutoScalingGroups) != 1 {
		return fmt.Sprint(len(out.AutoScalingGroups), awstest.Code(err))
	}
	g := out.AutoScalingGroups[0]
	in := 0
	for _, i := range g.Instances {
		if i.LifecycleState == "InService" {
			in++
		}
	}
	return fmt.Sprint(*g.AutoScalingGroupName, " ", *g.MinSize, " ", *g.MaxSize, " ", *g.DesiredCapacity, " ", in)
}

func TestTable(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, fakeec2.Register, fakests.Register, tagging.Register, fakeasg.Register)
	a := &account{cfg: cfg, settle: func() { awstest.Advance(t, w, time.Minute) }}
	for _, c := range cases {
		if got := c.do(t.Context(), a); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestTableOnMoto runs the same table against moto, a second opinion, where it is
// installed: what both answer is what we believe of AWS.
func TestTableOnMoto(t *testing.T) {
	t.Parallel()
	cfg := moto(t)
	a := &account{cfg: cfg, settle: func() {}}
	c := autoscaling.NewFromConfig(cfg)
	_, err := c.CreateLaunchConfiguration(t.Context(), &autoscaling.CreateLaunchConfigurationInput{LaunchConfigurationName: sdk.String("web"), ImageId: sdk.String("ami-12c6146b"), InstanceType: sdk.String("m5.large")})
	if err == nil {
		_, err = c.CreateAutoScalingGroup(t.Context(), &autoscaling.CreateAutoScalingGroupInput{
			AutoScalingGroupName: sdk.String("web"), LaunchConfigurationName: sdk.String("web"), MinSize: sdk.Int32(2), MaxSize: sdk.Int32(8), DesiredCapacity: sdk.Int32(4), AvailabilityZones: []string{"eu-west-1a"},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		want := c.want
		if c.moto != "" {
			want = strings.TrimPrefix(c.moto, accepts)
		}
		if got := c.do(t.Context(), a); got != want {
			t.Errorf("%s: %q, want %q", c.name, got, want)
		}
	}
}

// moto starts moto_server on a port of its own, or skips the test.
func moto(t *testing.T) sdk.Config {
	t.Helper()
	program, err := exec.LookPath("moto_server")
	if err != nil || testing.Short() {
		t.Skip("moto_server is not installed, or -short")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	cmd := exec.Command(program, "-H", host, "-p", port)
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	cfg := awstest.Config("http://"+net.JoinHostPort(host, port), "AKIASANDBOX", "")
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 600 {
		if conn, err := net.Dial("tcp", net.JoinHostPort(host, port)); err == nil {
			_ = conn.Close()
			return cfg
		}
		<-tick.C
	}
	t.Skip("moto_server did not come up within a minute")
	return cfg
}
