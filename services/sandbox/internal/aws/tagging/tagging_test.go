package tagging

import (
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestGetResources(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	get := func(cfg sdk.Config, in *resourcegroupstaggingapi.GetResourcesInput) ([]types.ResourceTagMapping, error) {
		var list []types.ResourceTagMapping
		pages := resourcegroupstaggingapi.NewGetResourcesPaginator(resourcegroupstaggingapi.NewFromConfig(cfg), in)
		for pages.HasMorePages() {
			out, err := pages.NextPage(t.Context())
			if err != nil {
				return nil, err
			}
			if in.ResourcesPerPage != nil && len(out.ResourceTagMappingList) > int(*in.ResourcesPerPage) {
				t.Errorf("a page of %d", len(out.ResourceTagMappingList))
			}
			list = append(list, out.ResourceTagMappingList...)
		}
		return list, nil
	}
	filter := func(key string, values ...string) []types.TagFilter {
		return []types.TagFilter{{Key: sdk.String(key), Values: values}}
	}
	tagged := 0
	for _, r := range w.Resources(awstest.Home) {
		if len(r.Tags) > 0 {
			tagged++
		}
	}
	for _, v := range []struct {
		what string
		in   *resourcegroupstaggingapi.GetResourcesInput
		want int
	}{
		{"all", &resourcegroupstaggingapi.GetResourcesInput{ResourcesPerPage: sdk.Int32(7)}, tagged},
		{"off-hours", &resourcegroupstaggingapi.GetResourcesInput{TagFilters: filter("parley:offhours")}, 3},
		{"dev instances", &resourcegroupstaggingapi.GetResourcesInput{TagFilters: filter("env", "dev"), ResourceTypeFilters: []string{"ec2:instance"}}, 5},
		{"databases", &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"rds:db"}}, 3},
		{"databases and clusters", &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"rds"}}, 4},
		{"buckets", &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"s3"}}, 1},
		{"neither", &resourcegroupstaggingapi.GetResourcesInput{TagFilters: append(filter("env", "dev"), filter("parley:protected", "true")...)}, 0},
	} {
		list, err := get(cfg, v.in)
		if err != nil || len(list) != v.want {
			t.Errorf("%s: %d, want %d (%v)", v.what, len(list), v.want, err)
		}
	}
	list, err := get(awstest.Assume(t, w, cfg, world.Data, "parley-collector"), &resourcegroupstaggingapi.GetResourcesInput{})
	if err != nil || len(list) == 0 || !strings.Contains(*list[0].ResourceARN, world.Data) {
		t.Errorf("of the other account: %d, %v", len(list), err)
	}
	_, err = get(awstest.Assume(t, w, cfg, world.Home, "parley-actions"), &resourcegroupstaggingapi.GetResourcesInput{})
	awstest.Want(t, err, "AccessDeniedException")
	_, err = get(cfg, &resourcegroupstaggingapi.GetResourcesInput{ResourcesPerPage: sdk.Int32(101)})
	awstest.Want(t, err, "InvalidParameterException")
	_, err = get(cfg, &resourcegroupstaggingapi.GetResourcesInput{PaginationToken: sdk.String("x")})
	awstest.Want(t, err, "PaginationTokenExpiredException")
}
