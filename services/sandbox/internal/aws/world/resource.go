package world

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// Thing is a resource that is only measured and tagged: a table, a bucket, a topic.
type Thing struct {
	Type string // as the tagging API names it: dynamodb:table
	ID   string
	ARN  string
	Tags map[string]string

	eased []int64 // when it was emptied (Unix seconds)
}

// Cache is an ElastiCache node.
type Cache struct {
	ID, Node, Engine, Version string
	Created                   time.Time
	Tags                      map[string]string
}

// ARN is the cache's in its place.
func (c *Cache) ARN(k Key) string {
	return "arn:aws:elasticache:" + k.Region + ":" + k.Account + ":cluster:" + c.ID
}

// Caches returns the ElastiCache nodes.
func (w *World) Caches(k Key) []Cache {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return copies(p.caches)
	}
	return nil
}

// Resource is anything that has an ARN, as of when it was asked for.
type Resource struct {
	ARN   string            `json:"arn"`
	Type  string            `json:"type"` // ec2:instance, rds:db …
	ID    string            `json:"id"`
	State string            `json:"state,omitempty"`
	Tags  map[string]string `json:"tags"`
}

// Resources returns everything in a region of an account, sorted by ARN.
func (w *World) Resources(k Key) []Resource {
	now := w.Now()
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	if p == nil {
		return nil
	}
	var list []Resource
	p.each(func(kind, id, arn string, tags *map[string]string, l *life) {
		r := Resource{ARN: arn, Type: kind, ID: id, Tags: *tags}
		if l != nil {
			if r.State = l.at(now.UnixMilli()).State; l.Moments[0].At > now.UnixMilli() {
				return
			}
		}
		if i := p.byID[id]; i == nil || !i.hidden(now) {
			list = append(list, r)
		}
	})
	slices.SortFunc(list, func(a, b Resource) int { return strings.Compare(a.ARN, b.ARN) })
	return list
}

// each visits every resource.
func (p *place) each(f func(kind, id, arn string, tags *map[string]string, l *life)) {
	for _, r := range p.instances {
		f("ec2:instance", r.ID, r.ARN(p.Key), &r.Tags, r.life)
	}
	for _, r := range p.volumes {
		f("ec2:volume", r.ID, r.ARN(p.Key), &r.Tags, nil)
	}
	for _, r := range p.addresses {
		f("ec2:elastic-ip", r.ID, p.arn("ec2", "elastic-ip/"+r.ID), &r.Tags, nil)
	}
	for _, r := range p.gateways {
		f("ec2:natgateway", r.ID, p.arn("ec2", "natgateway/"+r.ID), &r.Tags, nil)
	}
	for _, r := range p.groups {
		f("autoscaling:autoScalingGroup", r.Name, r.ARN(p.Key), &r.Tags, nil)
	}
	for _, r := range p.databases {
		f("rds:db", r.ID, r.ARN(p.Key), &r.Tags, r.life)
	}
	for _, r := range p.clusters {
		f("rds:cluster", r.ID, r.ARN(p.Key), &r.Tags, nil)
	}
	for _, r := range p.balancers {
		f("elasticloadbalancing:loadbalancer", r.Name, r.ARN(p.Key), &r.Tags, nil)
	}
	for _, r := range p.targets {
		f("elasticloadbalancing:targetgroup", r.Name, r.ARN(p.Key), &r.Tags, nil)
	}
	for _, r := range p.functions {
		f("lambda:function", r.Name, r.ARN(p.Key), &r.Tags, nil)
	}
	for _, r := range p.services {
		f("ecs:service", r.Name, r.ARN(p.Key), &r.Tags, nil)
	}
	for _, r := range p.caches {
		f("elasticache:cluster", r.ID, r.ARN(p.Key), &r.Tags, nil)
	}
	for _, r := range p.things {
		f(r.Type, r.ID, r.ARN, &r.Tags, nil)
	}
}

func (p *place) thing(id string) *Thing {
	for _, t := range p.things {
		if t.ID == id && id != "" {
			return t
		}
	}
	return nil
}

// Tag writes tags on resources that are named by id or ARN. Errors:
// InvalidInstanceID.NotFound or its like, TagLimitExceeded, InvalidParameterValue.
func (w *World) Tag(k Key, ids []string, tags map[string]string) error {
	_, err := do[bool](w, Act{Key: k, Op: "tag", IDs: ids, Args: tags})
	return err
}

// Untag removes tags; an empty value matches every value, as one of no bytes does in
// DeleteTags only for tags that are empty. A tag that is not there is no error.
func (w *World) Untag(k Key, ids []string, tags map[string]string) error {
	_, err := do[bool](w, Act{Key: k, Op: "untag", IDs: ids, Args: tags})
	return err
}

// maxTags is AWS's limit for one resource.
const maxTags = 50

func tag(_ *World, p *place, a Act) (any, error) {
	for name, v := range a.Args {
		if name == "" || len(name) > 128 || len(v) > 256 {
			return nil, wire.Errorf("InvalidParameterValue", "Tag keys have 1 to 128 characters and values up to 256.")
		}
		if strings.HasPrefix(strings.ToLower(name), "aws:") {
			return nil, wire.Errorf("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		}
	}
	return p.retag(a, func(m map[string]string) bool {
		maps.Copy(m, a.Args)
		return len(m) <= maxTags
	})
}

func untag(_ *World, p *place, a Act) (any, error) {
	return p.retag(a, func(m map[string]string) bool {
		for name, v := range a.Args {
			if v == "" || m[name] == v {
				delete(m, name)
			}
		}
		return true
	})
}

// retag changes the tags of a.IDs, all or none, on copies: whoever read the old ones keeps them.
func (p *place) retag(a Act, change func(map[string]string) bool) (any, error) {
	type target struct {
		at  *map[string]string
		now map[string]string
	}
	var found []target
	for _, id := range a.IDs {
		var at *map[string]string
		p.each(func(_, have, arn string, tags *map[string]string, _ *life) {
			if have == id || arn == id {
				at = tags
			}
		})
		if at == nil {
			return nil, noSuch(id)
		}
		now := maps.Clone(*at)
		if now == nil {
			now = map[string]string{}
		}
		if !change(now) {
			return nil, wire.Errorf("TagLimitExceeded", "The maximum number of Tags has been reached.")
		}
		found = append(found, target{at, now})
	}
	for _, t := range found {
		*t.at = t.now
	}
	return true, nil
}

func noSuch(id string) error {
	kind, _, _ := strings.Cut(id, "-")
	codes := map[string][2]string{
		"i": {"InvalidInstanceID.NotFound", "instance ID"}, "vol": {"InvalidVolume.NotFound", "volume"},
		"nat": {"NatGatewayNotFound", "NatGateway"}, "eipalloc": {"InvalidAllocationID.NotFound", "allocation ID"},
	}
	if c, ok := codes[kind]; ok {
		return wire.Errorf(c[0], "The %s '%s' does not exist", c[1], id)
	}
	return wire.Errorf("InvalidID", "The ID '%s' is not valid", id)
}
