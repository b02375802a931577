package discover

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
)

// tags reads the tags of the services whose turn it is, into next.
func (s *Scanner) tags(ctx context.Context, t *target.Target, wants []Want, now time.Time, next *Inventory) (bool, error) {
	var services []catalog.Service
	var types []string
	for _, w := range wants {
		service, ok := s.catalog.Service(w.Service)
		if !ok || service.TagType == "" || now.Sub(s.tagged[w.Service]) < s.cfg.Every && !(w.Instances && s.young(s.tagged[w.Service], now)) {
			continue
		}
		if services = append(services, service); !slices.Contains(types, service.TagType) {
			types = append(types, service.TagType)
		}
	}
	if len(services) == 0 {
		return false, nil
	}
	found := map[string]taggedService{}
	in := &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: types, ResourcesPerPage: aws.Int32(100)}
	for page := 0; page < maxPages; page++ {
		answer, err := target.Tagging(t).GetResources(ctx, in)
		if err != nil {
			return false, t.Explain(err, "tag:GetResources")
		}
		for _, r := range answer.ResourceTagMappingList {
			tags := make(map[string]string, len(r.Tags))
			for _, x := range r.Tags {
				tags[aws.ToString(x.Key)] = aws.ToString(x.Value)
			}
			for i := range services {
				dims, ok := services[i].Resource(aws.ToString(r.ResourceARN))
				if !ok {
					continue
				}
				names := slices.Sorted(maps.Keys(dims))
				f, ok := found[services[i].Name]
				if !ok {
					f = taggedService{names, map[string]map[string]string{}}
					found[services[i].Name] = f
				}
				var key strings.Builder
				for _, n := range names {
					key.WriteString(dims[n])
					key.WriteByte(0)
				}
				f.tags[key.String()] = tags
			}
		}
		if aws.ToString(answer.PaginationToken) == "" {
			break
		}
		in.PaginationToken = answer.PaginationToken
	}
	next.tags = maps.Clone(next.tags)
	if next.tags == nil {
		next.tags = map[string]taggedService{}
	}
	for _, service := range services {
		s.tagged[service.Name] = now
		next.tags[service.Name] = found[service.Name]
	}
	next.TagsKnown = true
	return true, nil
}

// states reads which instances run, into next.
func (s *Scanner) states(ctx context.Context, t *target.Target, wants []Want, now time.Time, next *Inventory) (bool, error) {
	every := s.cfg.States
	if s.hurry {
		every = min(every, hurried)
	}
	if now.Sub(s.stated) < every || !slices.ContainsFunc(wants, func(w Want) bool { return w.Instances }) {
		return false, nil
	}
	states := map[string]string{}
	// Without the SDK's paginator, which would keep all of EC2 in the binary.
	client, in, more := target.EC2(t), &ec2.DescribeInstancesInput{MaxResults: aws.Int32(1000)}, true
	for n := 0; more && n < maxPages; n++ {
		page, err := client.DescribeInstances(ctx, in)
		if err != nil {
			return false, t.Explain(err, "ec2:DescribeInstances")
		}
		in.NextToken, more = page.NextToken, aws.ToString(page.NextToken) != ""
		for _, r := range page.Reservations {
			for _, i := range r.Instances {
				if i.State != nil {
					states[aws.ToString(i.InstanceId)] = string(i.State.Name)
				}
			}
		}
	}
	s.stated, s.hurry = now, false
	s.appeared(next.states, states, now)
	if maps.Equal(states, next.states) {
		return false, nil
	}
	next.states = states
	return true, nil
}
