package ec2

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/iam"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// filter is one of a request's: a name, and values of which one has to match.
type filter struct {
	name   string
	values []string
}

// AWS's limits for one request.
const (
	maxFilters = 50
	maxValues  = 200
)

func filters(r *wire.Request) ([]filter, error) {
	var out []filter
	total := 0
	for _, f := range r.List("Filter") {
		one := filter{f.Text("Name"), f.Texts("Value")}
		if one.name == "" || len(one.values) == 0 {
			return nil, wire.Errorf("InvalidParameterValue", "The filter '%s' is invalid", one.name)
		}
		total += len(one.values)
		out = append(out, one)
	}
	if len(out) > maxFilters || total > maxValues {
		return nil, wire.Errorf("FilterLimitExceeded", "The maximum number of filter values specified on a single call is %d", maxValues)
	}
	return out, r.Err()
}

// fields are what a resource can be filtered by; a field with no values matches nothing.
type fields map[string][]string

// tagged adds the fields of tags.
func (f fields) tagged(tags map[string]string) fields {
	f["tag-key"] = slices.Collect(maps.Keys(tags))
	for name, v := range tags {
		f["tag:"+name] = []string{v}
	}
	return f
}

// match tells whether a resource passes all filters. The error is for a filter that
// AWS, or this sandbox, does not know.
func (f fields) match(all []filter) (bool, error) {
	passes := true
	for _, one := range all {
		have, known := f[one.name]
		if !known && !strings.HasPrefix(one.name, "tag:") {
			return false, wire.Errorf("InvalidParameterValue", "The filter '%s' is invalid", one.name)
		}
		passes = passes && slices.ContainsFunc(one.values, func(pattern string) bool {
			return slices.ContainsFunc(have, func(v string) bool { return iam.Like(pattern, v) })
		})
	}
	return passes, nil
}

// check refuses filters that no resource of this kind has, also where there is none.
func (f fields) check(all []filter) error {
	_, err := f.match(all)
	return err
}

// page cuts a list as MaxResults and NextToken say; next is empty on the last page.
func page[T any](r *wire.Request, list []T, least, most int64) (part []T, next any, err error) {
	n, begin := r.Int("MaxResults", 0), 0
	if r.Has("MaxResults") && (n < least || n > most) {
		return nil, nil, wire.Errorf("InvalidParameterValue", "Value ( %d ) for parameter maxResults is invalid. Expecting a value between %d and %d.", n, least, most)
	}
	if token := r.Text("NextToken"); token != "" {
		rest, ok := strings.CutPrefix(token, "page-")
		if begin, err = strconv.Atoi(rest); !ok || err != nil || begin < 0 || begin > len(list) {
			return nil, nil, wire.Errorf("InvalidNextToken", "The token '%s' is invalid", token)
		}
	}
	list = list[begin:]
	if n > 0 && int64(len(list)) > n {
		return list[:n], "page-" + strconv.Itoa(begin+int(n)), r.Err()
	}
	return list, nil, r.Err()
}
