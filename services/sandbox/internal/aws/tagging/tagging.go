package tagging

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{Scope: "tagging", IAM: "tag", Target: "ResourceGroupsTaggingAPI_20170126"}

// Register adds the operation to mux.
func Register(mux *wire.Mux, w *world.World) {
	mux.Handle(service, "GetResources", func(_ context.Context, r *wire.Request) (wire.Answer, error) {
		if err := w.Authorize(r, "", nil); err != nil {
			return nil, err
		}
		return getResources(r, w.Resources(world.Key{Account: r.Caller.Account, Region: r.Region}))
	})
}

// invalid is AWS's answer to parameters that are not well-formed.
func invalid(format string, args ...any) error {
	return wire.Errorf("InvalidParameterException", format, args...)
}

type tagFilter struct {
	key    string
	values []string
}

func getResources(r *wire.Request, all []world.Resource) (wire.Answer, error) {
	perPage, types := r.Int("ResourcesPerPage", 100), r.Texts("ResourceTypeFilters")
	arns := r.Texts("ResourceARNList")
	var filters []tagFilter
	for _, f := range r.List("TagFilters") {
		one := tagFilter{f.Text("Key"), f.Texts("Values")}
		if one.key == "" {
			return nil, invalid("A tag filter needs a Key.")
		}
		filters = append(filters, one)
	}
	switch {
	case r.Err() != nil:
		return nil, r.Err()
	case perPage < 1 || perPage > 100:
		return nil, invalid("ResourcesPerPage must be between 1 and 100.")
	case len(filters) > 50:
		return nil, invalid("At most 50 tag filters are allowed.")
	case len(types) > 100:
		return nil, invalid("At most 100 resource type filters are allowed.")
	case len(arns) > 0 && (len(filters) > 0 || len(types) > 0 || r.Has("ResourcesPerPage")):
		return nil, invalid("ResourceARNList cannot be used with other filters.")
	}
	token := r.Text("PaginationToken")
	if token != "" && !strings.HasPrefix(token, "arn:") {
		return nil, wire.Errorf("PaginationTokenExpiredException", "The pagination token %q is not valid.", token)
	}
	list, next := wire.List{}, ""
	for _, res := range all {
		if res.ARN <= token || len(res.Tags) == 0 || res.State == "terminated" || !wanted(res, filters, types, arns) {
			continue
		}
		if int64(len(list)) == perPage {
			last, _ := list[len(list)-1].(wire.Map)["ResourceARN"].(string)
			next = last
			break
		}
		list = append(list, wire.Map{"ResourceARN": res.ARN, "Tags": tags(res.Tags)})
	}
	return wire.Map{"ResourceTagMappingList": list, "PaginationToken": next}, nil
}

func tags(m map[string]string) wire.List {
	list := wire.List{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, wire.Map{"Key": name, "Value": m[name]})
	}
	return list
}

// wanted tells whether a resource passes: every tag filter, any type, any ARN.
func wanted(res world.Resource, filters []tagFilter, types, arns []string) bool {
	for _, f := range filters {
		v, ok := res.Tags[f.key]
		if !ok || len(f.values) > 0 && !slices.Contains(f.values, v) {
			return false
		}
	}
	kind, _, _ := strings.Cut(res.Type, ":")
	return (len(types) == 0 || slices.Contains(types, res.Type) || slices.Contains(types, kind)) &&
		(len(arns) == 0 || slices.Contains(arns, res.ARN))
}
