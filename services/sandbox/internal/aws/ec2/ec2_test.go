package ec2

import (
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func one(t *testing.T, c *ec2.Client, id string) types.Instance {
	t.Helper()
	out, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Reservations[0].Instances[0]
}

func stateOf(t *testing.T, c *ec2.Client, id string) types.InstanceStateName {
	t.Helper()
	return one(t, c, id).State.Name
}

func byName(t *testing.T, c *ec2.Client, name string) types.Instance {
	t.Helper()
	out, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []types.Filter{{Name: sdk.String("tag:Name"), Values: []string{name}}}})
	if err != nil || len(out.Reservations) != 1 {
		t.Fatalf("%s: %d, %v", name, len(out.Reservations), err)
	}
	return out.Reservations[0].Instances[0]
}

func TestStopAndStart(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	var told []world.Event
	w.OnEvent(func(e world.Event) { told = append(told, e) })
	c := ec2.NewFromConfig(cfg)
	stop := &ec2.StopInstancesInput{InstanceIds: []string{world.BatchReport}}
	out, err := c.StopInstances(t.Context(), stop)
	if err != nil {
		t.Fatal(err)
	}
	if s := out.StoppingInstances[0]; s.PreviousState.Name != "running" || s.CurrentState.Name != "stopping" || *s.CurrentState.Code != 64 {
		t.Errorf("%v → %v", s.PreviousState.Name, s.CurrentState.Name)
	}
	if again, err := c.StopInstances(t.Context(), stop); err != nil || again.StoppingInstances[0].PreviousState.Name != "stopping" {
		t.Errorf("again: %v", err)
	}
	_, err = c.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: stop.InstanceIds})
	awstest.Want(t, err, "IncorrectInstanceState")
	awstest.Advance(t, w, world.StopTakes)
	i := one(t, c, world.BatchReport)
	if i.State.Name != "stopped" || !strings.HasPrefix(*i.StateTransitionReason, "User initiated (2026-11-16 12:00:10") {
		t.Errorf("%v: %q", i.State.Name, *i.StateTransitionReason)
	}
	_, err = c.RebootInstances(t.Context(), &ec2.RebootInstancesInput{InstanceIds: stop.InstanceIds})
	awstest.Want(t, err, "IncorrectInstanceState")
	if _, err = c.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: stop.InstanceIds}); err != nil {
		t.Fatal(err)
	}
	if s := stateOf(t, c, world.BatchReport); s != "pending" {
		t.Error(s)
	}
	awstest.Advance(t, w, world.StartTakes)
	if i := one(t, c, world.BatchReport); i.State.Name != "running" || !i.LaunchTime.Equal(awstest.Now.Add(world.StopTakes)) {
		t.Errorf("%v since %v", i.State.Name, i.LaunchTime)
	}
	if _, err = c.RebootInstances(t.Context(), &ec2.RebootInstancesInput{InstanceIds: stop.InstanceIds}); err != nil {
		t.Error(err)
	}
	var states []string
	for _, e := range told {
		states = append(states, e.Detail["state"].(string))
	}
	if want := []string{"stopping", "stopped", "pending", "running"}; !slices.Equal(states, want) || told[1].At.Sub(told[0].At) != world.StopTakes {
		t.Errorf("told %v, want %v", states, want)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ec2.NewFromConfig(cfg)
	acts := ec2.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-actions"))
	reads := ec2.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-collector"))
	ids := map[string]string{}
	for _, name := range []string{"legacy-cron", "cache-warm", "spot-render", "bastion"} {
		ids[name] = *byName(t, c, name).InstanceId
	}
	for _, v := range []struct {
		client   *ec2.Client
		id, code string
		dry      bool
		says     string
	}{
		{c, "i-123", "InvalidInstanceID.Malformed", false, "i-123"},
		{c, "i-00000000000000000", "InvalidInstanceID.NotFound", true, "does not exist"},
		{c, world.BatchReport, "DryRunOperation", true, "would have succeeded"},
		{acts, world.BatchReport, "DryRunOperation", true, "would have succeeded"},
		{c, ids["cache-warm"], "UnsupportedOperation", false, "'ebs' root device"},
		{c, ids["spot-render"], "UnsupportedOperation", false, "Spot"},
		{acts, ids["legacy-cron"], "UnauthorizedOperation", false, "ec2:StopInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/" + ids["legacy-cron"] + " with an explicit deny"},
		{acts, ids["legacy-cron"], "UnauthorizedOperation", true, "assumed-role/parley-actions/U00OPERATOR"},
		{acts, ids["bastion"], "UnauthorizedOperation", false, "no identity-based policy allows the ec2:StopInstances action"},
		{reads, world.BatchReport, "UnauthorizedOperation", false, "parley-collector"},
	} {
		_, err := v.client.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{v.id}, DryRun: sdk.Bool(v.dry)})
		if says := awstest.Want(t, err, v.code); !strings.Contains(says, v.says) {
			t.Errorf("%s says %q, not %q", v.code, says, v.says)
		}
	}
	if s := stateOf(t, c, world.BatchReport); s != "running" {
		t.Errorf("a refusal or a dry run stopped it: %v", s)
	}
	_, err := c.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: []string{world.BatchReport, ids["cache-warm"]}})
	awstest.Want(t, err, "UnsupportedOperation")
	if s := stateOf(t, c, world.BatchReport); s != "running" {
		t.Errorf("one of two was stopped: %v", s)
	}
	_, err = reads.DescribeInstanceTypes(t.Context(), &ec2.DescribeInstanceTypesInput{})
	awstest.Want(t, err, "UnauthorizedOperation")
	if _, err := reads.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{}); err != nil {
		t.Error(err)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ec2.NewFromConfig(cfg)
	acts := ec2.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-actions"))
	write := func(c *ec2.Client, id string, pairs ...string) error {
		var tags []types.Tag
		for n := 0; n < len(pairs); n += 2 {
			tags = append(tags, types.Tag{Key: sdk.String(pairs[n]), Value: sdk.String(pairs[n+1])})
		}
		_, err := c.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: tags})
		return err
	}
	if err := write(acts, world.BatchReport, "parley:keep-until", "2026-11-23"); err != nil {
		t.Error(err)
	}
	awstest.Want(t, write(acts, world.BatchReport, "parley:actions", "allowed"), "UnauthorizedOperation")
	awstest.Want(t, write(acts, world.BatchReport, "parley:keep-until", "2026-11-23", "parley:protected", "true"), "UnauthorizedOperation")
	awstest.Want(t, write(acts, world.BatchReport, "Name", "x"), "UnauthorizedOperation")
	awstest.Want(t, write(c, "i-00000000000000000", "a", "b"), "InvalidInstanceID.NotFound")
	awstest.Want(t, write(c, "vol-00000000000000000", "a", "b"), "InvalidVolume.NotFound")
	awstest.Want(t, write(c, world.BatchReport, "aws:x", "b"), "InvalidParameterValue")
	out, err := c.DescribeTags(t.Context(), &ec2.DescribeTagsInput{Filters: []types.Filter{
		{Name: sdk.String("resource-id"), Values: []string{world.BatchReport}}, {Name: sdk.String("key"), Values: []string{"parley:keep*"}},
	}})
	if err != nil || len(out.Tags) != 1 || *out.Tags[0].Value != "2026-11-23" || out.Tags[0].ResourceType != "instance" {
		t.Errorf("%v, %v", out, err)
	}
	_, err = c.DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{world.BatchReport}, Tags: []types.Tag{{Key: sdk.String("parley:keep-until")}, {Key: sdk.String("not-there")}}})
	if err != nil {
		t.Error(err)
	}
	if list := one(t, c, world.BatchReport).Tags; len(list) != 4 {
		t.Errorf("%d tags are left", len(list))
	}
}

func TestFiltersAndPages(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ec2.NewFromConfig(cfg)
	count := func(name string, values ...string) int {
		t.Helper()
		out, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []types.Filter{{Name: sdk.String(name), Values: values}}})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Reservations)
	}
	for _, v := range []struct {
		name   string
		values []string
		want   int
	}{
		{"tag:env", []string{"dev"}, 5}, {"tag:Name", []string{"web-?"}, 4}, {"tag:Name", []string{"web-1", "api-*"}, 4}, {"tag-key", []string{"parley:offhours"}, 3},
		{"instance-state-name", []string{"stopped"}, 1}, {"instance-id", []string{world.BatchReport}, 1}, {"tag:absent", []string{"*"}, 0},
		{"root-device-type", []string{"instance-store"}, 1}, {"instance-lifecycle", []string{"spot"}, 1},
	} {
		if got := count(v.name, v.values...); got != v.want {
			t.Errorf("%s = %v: %d, want %d", v.name, v.values, got, v.want)
		}
	}
	_, err := c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []types.Filter{{Name: sdk.String("colour"), Values: []string{"red"}}}})
	awstest.Want(t, err, "InvalidParameterValue")
	_, err = c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{NextToken: sdk.String("elsewhere")})
	awstest.Want(t, err, "InvalidNextToken")
	_, err = c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{MaxResults: sdk.Int32(10), InstanceIds: []string{world.BatchReport}})
	awstest.Want(t, err, "InvalidParameterCombination")
	_, err = c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{MaxResults: sdk.Int32(2)})
	awstest.Want(t, err, "InvalidParameterValue")
	seen := map[string]bool{}
	pages := ec2.NewDescribeInstancesPaginator(c, &ec2.DescribeInstancesInput{MaxResults: sdk.Int32(7)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Reservations) > 7 {
			t.Fatal(len(out.Reservations))
		}
		for _, r := range out.Reservations {
			seen[*r.Instances[0].InstanceId] = true
		}
	}
	if want := len(w.Instances(awstest.Home)); len(seen) != want {
		t.Errorf("%d instances on the pages, want %d", len(seen), want)
	}
}

func TestRunAndTerminate(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ec2.NewFromConfig(cfg)
	in := &ec2.RunInstancesInput{
		ImageId: sdk.String("ami-1"), InstanceType: "t3.micro", MinCount: sdk.Int32(1), MaxCount: sdk.Int32(2), ClientToken: sdk.String("once"),
		TagSpecifications: []types.TagSpecification{{ResourceType: "instance", Tags: []types.Tag{{Key: sdk.String("Name"), Value: sdk.String("fresh")}}}},
	}
	out, err := c.RunInstances(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.RunInstances(t.Context(), in)
	if err != nil || len(out.Instances) != 2 || *again.Instances[1].InstanceId != *out.Instances[1].InstanceId {
		t.Fatalf("a token gave other instances: %v", err)
	}
	in.InstanceType = "t3.small"
	_, err = c.RunInstances(t.Context(), in)
	awstest.Want(t, err, "IdempotentParameterMismatch")
	in.InstanceType, in.ClientToken = "t9.nano", nil
	_, err = c.RunInstances(t.Context(), in)
	awstest.Want(t, err, "InvalidParameterValue")
	id := *out.Instances[0].InstanceId
	if s := stateOf(t, c, id); s != "pending" {
		t.Error(s)
	}
	awstest.Advance(t, w, world.StartTakes)
	if i := one(t, c, id); i.State.Name != "running" || *i.Tags[0].Value != "fresh" {
		t.Errorf("%v %v", i.State.Name, i.Tags)
	}
	if _, err := c.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}}); err != nil {
		t.Fatal(err)
	}
	awstest.Advance(t, w, world.TerminateTakes)
	if s := stateOf(t, c, id); s != "terminated" {
		t.Error(s)
	}
	_, err = c.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: []string{id}})
	awstest.Want(t, err, "IncorrectInstanceState")
	awstest.Advance(t, w, 2*3600e9)
	_, err = c.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
	awstest.Want(t, err, "InvalidInstanceID.NotFound")
}

func TestOthers(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ec2.NewFromConfig(cfg)
	ctx := t.Context()
	volumes, err := c.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{Filters: []types.Filter{{Name: sdk.String("status"), Values: []string{"available"}}}})
	if err != nil || len(volumes.Volumes) != 2 || *volumes.Volumes[0].Size != 400 {
		t.Errorf("unattached: %v, %v", volumes, err)
	}
	old := byName(t, c, "old-import")
	volumes, err = c.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{Filters: []types.Filter{{Name: sdk.String("attachment.instance-id"), Values: []string{*old.InstanceId}}}})
	if err != nil || len(volumes.Volumes) != 2 {
		t.Errorf("of a stopped one: %v, %v", volumes, err)
	}
	_, err = c.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{VolumeIds: []string{"vol-0"}})
	awstest.Want(t, err, "InvalidVolume.NotFound")
	regions, err := c.DescribeRegions(ctx, &ec2.DescribeRegionsInput{RegionNames: []string{"eu-west-1"}})
	if err != nil || len(regions.Regions) != 1 {
		t.Errorf("%v, %v", regions, err)
	}
	kinds, err := c.DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"m5.2xlarge"}})
	if err != nil || *kinds.InstanceTypes[0].MemoryInfo.SizeInMiB != 32768 || *kinds.InstanceTypes[0].VCpuInfo.DefaultVCpus != 8 {
		t.Errorf("%v, %v", kinds, err)
	}
	gateways, err := c.DescribeNatGateways(ctx, &ec2.DescribeNatGatewaysInput{})
	if err != nil || len(gateways.NatGateways) != 2 || gateways.NatGateways[0].State != "available" {
		t.Errorf("%v, %v", gateways, err)
	}
	spots, err := c.DescribeSpotInstanceRequests(ctx, &ec2.DescribeSpotInstanceRequestsInput{SpotInstanceRequestIds: []string{*byName(t, c, "spot-render").SpotInstanceRequestId}})
	if err != nil || len(spots.SpotInstanceRequests) != 1 || spots.SpotInstanceRequests[0].Type != "one-time" {
		t.Errorf("%v, %v", spots, err)
	}
	addresses, err := c.DescribeAddresses(ctx, &ec2.DescribeAddressesInput{})
	if err != nil || len(addresses.Addresses) != 2 || addresses.Addresses[1].InstanceId != nil {
		t.Errorf("%v, %v", addresses, err)
	}
	// api-3 fails its check for seven minutes of every three hours
	api3 := byName(t, c, "api-3")
	seen := map[types.SummaryStatus]bool{}
	for range 24 {
		out, err := c.DescribeInstanceStatus(ctx, &ec2.DescribeInstanceStatusInput{InstanceIds: []string{*api3.InstanceId}})
		if err != nil {
			t.Fatal(err)
		}
		seen[out.InstanceStatuses[0].InstanceStatus.Status] = true
		awstest.Advance(t, w, 9*60e9)
	}
	if !seen["impaired"] || !seen["ok"] {
		t.Errorf("api-3 was %v", seen)
	}
	status, err := c.DescribeInstanceStatus(ctx, &ec2.DescribeInstanceStatusInput{InstanceIds: []string{*old.InstanceId}})
	if err != nil || len(status.InstanceStatuses) != 0 {
		t.Errorf("a stopped instance has a status: %v, %v", status, err)
	}
	status, err = c.DescribeInstanceStatus(ctx, &ec2.DescribeInstanceStatusInput{InstanceIds: []string{*old.InstanceId}, IncludeAllInstances: sdk.Bool(true)})
	if err != nil || status.InstanceStatuses[0].InstanceStatus.Status != "not-applicable" {
		t.Errorf("%v, %v", status, err)
	}
}
