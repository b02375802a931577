package elb

import (
	"net/url"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestBalancers(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := elb.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-collector"))
	ctx := t.Context()
	all, err := c.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{})
	if err != nil || len(all.LoadBalancers) != 3 || all.LoadBalancers[0].Type != "application" || all.LoadBalancers[2].Type != "network" {
		t.Fatalf("%+v, %v", all, err)
	}
	page, err := c.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{PageSize: sdk.Int32(2)})
	if err != nil || len(page.LoadBalancers) != 2 {
		t.Fatal(err)
	}
	rest, err := c.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{Marker: page.NextMarker})
	if err != nil || len(rest.LoadBalancers) != 1 {
		t.Error(rest, err)
	}
	_, err = c.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{Names: []string{"absent"}})
	awstest.Want(t, err, "LoadBalancerNotFound")
	tags, err := c.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: []string{*all.LoadBalancers[0].LoadBalancerArn}})
	if err != nil || len(tags.TagDescriptions[0].Tags) != 3 {
		t.Errorf("%+v, %v", tags, err)
	}
	groups, err := c.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{LoadBalancerArn: all.LoadBalancers[0].LoadBalancerArn})
	if err != nil || len(groups.TargetGroups) != 2 || *groups.TargetGroups[0].Port != 80 {
		t.Fatalf("%+v, %v", groups, err)
	}
	states := func() map[string]int {
		out, err := c.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: groups.TargetGroups[1].TargetGroupArn})
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for _, d := range out.TargetHealthDescriptions {
			n[string(d.TargetHealth.State)]++
		}
		return n
	}
	if n := states(); n["healthy"] != 3 {
		t.Error(n)
	}
	id := ""
	for _, i := range w.Instances(awstest.Home) {
		if i.Name == "api-1" {
			id = i.ID
		}
	}
	if _, err := w.StopInstances(awstest.Home, []string{id}, "test"); err != nil {
		t.Fatal(err)
	}
	if n := states(); n["healthy"] != 2 || n["unused"] != 1 {
		t.Error(n)
	}
	_, err = c.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: sdk.String("arn:absent")})
	awstest.Want(t, err, "TargetGroupNotFound")
}

func TestClassic(t *testing.T) {
	t.Parallel()
	_, cfg := awstest.New(t, Register)
	ask := func(status int, want string, pairs ...string) {
		t.Helper()
		form := url.Values{"Version": {classic}}
		for n := 0; n < len(pairs); n += 2 {
			form.Set(pairs[n], pairs[n+1])
		}
		if got, text := awstest.Call(t, cfg, "elasticloadbalancing", form); got != status || !strings.Contains(text, want) {
			t.Errorf("%v: %d %s", pairs, got, text)
		}
	}
	ask(200, "<LoadBalancerDescriptions><member>", "Action", "DescribeLoadBalancers")
	ask(200, "<LoadBalancerName>legacy</LoadBalancerName>", "Action", "DescribeLoadBalancers", "LoadBalancerNames.member.1", "legacy")
	ask(400, "<Code>LoadBalancerNotFound</Code>", "Action", "DescribeLoadBalancers", "LoadBalancerNames.member.1", "absent")
	ask(200, "<Key>owner</Key><Value>operator</Value>", "Action", "DescribeTags", "LoadBalancerNames.member.1", "legacy")
	ask(400, "<Code>InvalidAction</Code>", "Action", "DescribeTargetGroups")
}
