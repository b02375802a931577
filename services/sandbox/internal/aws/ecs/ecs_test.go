package ecs

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestRollout(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ecs.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-actions"))
	service := func() types.Service {
		t.Helper()
		out, err := c.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: sdk.String("shop"), Services: []string{"checkout"}})
		if err != nil || len(out.Services) != 1 {
			t.Fatal(out, err)
		}
		return out.Services[0]
	}
	update := func(in ecs.UpdateServiceInput) error {
		_, err := c.UpdateService(t.Context(), &in)
		return err
	}
	shop, checkout := sdk.String("shop"), sdk.String("checkout")
	before := service()
	if err := update(ecs.UpdateServiceInput{Cluster: shop, Service: checkout, ForceNewDeployment: true}); err != nil {
		t.Fatal(err)
	}
	awstest.Advance(t, w, world.RolloutTakes/2)
	s := service()
	if len(s.Deployments) != 2 || s.Deployments[0].RolloutState != "IN_PROGRESS" || s.Deployments[0].RunningCount != 1 || s.Deployments[1].RunningCount != 2 || s.RunningCount != 3 {
		t.Errorf("in the middle: %+v", s.Deployments)
	}
	awstest.Advance(t, w, world.RolloutTakes/2)
	s = service()
	if len(s.Deployments) != 1 || s.Deployments[0].RolloutState != "COMPLETED" || *s.Deployments[0].Id == *before.Deployments[0].Id {
		t.Errorf("at the end: %+v", s.Deployments)
	}
	if err := update(ecs.UpdateServiceInput{Cluster: shop, Service: checkout, DesiredCount: sdk.Int32(5)}); err != nil {
		t.Fatal(err)
	}
	if s := service(); s.DesiredCount != 5 || s.RunningCount != 3 || s.PendingCount != 2 {
		t.Errorf("%d of %d", s.RunningCount, s.DesiredCount)
	}
	awstest.Advance(t, w, world.RolloutTakes)
	if s := service(); s.RunningCount != 5 || s.Deployments[0].RolloutState != "COMPLETED" {
		t.Errorf("%d of %d", s.RunningCount, s.DesiredCount)
	}
	awstest.Want(t, update(ecs.UpdateServiceInput{Cluster: shop, Service: sdk.String("recommend"), ForceNewDeployment: true}), "AccessDeniedException")
	c = ecs.NewFromConfig(cfg)
	awstest.Want(t, update(ecs.UpdateServiceInput{Cluster: shop, Service: sdk.String("absent")}), "ServiceNotFoundException")
	awstest.Want(t, update(ecs.UpdateServiceInput{Cluster: sdk.String("absent"), Service: checkout}), "ClusterNotFoundException")
	awstest.Want(t, update(ecs.UpdateServiceInput{Cluster: shop, Service: checkout, DesiredCount: sdk.Int32(-1)}), "InvalidParameterException")
}

func TestLists(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ecs.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-collector"))
	clusters, err := c.ListClusters(t.Context(), &ecs.ListClustersInput{})
	if err != nil || len(clusters.ClusterArns) != 1 {
		t.Fatal(clusters, err)
	}
	about, err := c.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: append(clusters.ClusterArns, "absent")})
	if err != nil || about.Clusters[0].RunningTasksCount != 5 || len(about.Failures) != 1 {
		t.Errorf("%+v, %v", about, err)
	}
	n := 0
	pages := ecs.NewListServicesPaginator(c, &ecs.ListServicesInput{Cluster: sdk.String("shop"), MaxResults: sdk.Int32(1)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(out.ServiceArns)
	}
	if n != 2 {
		t.Errorf("%d services", n)
	}
	_, err = c.ListServices(t.Context(), &ecs.ListServicesInput{Cluster: sdk.String("absent")})
	awstest.Want(t, err, "ClusterNotFoundException")
}
