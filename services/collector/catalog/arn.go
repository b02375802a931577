package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// placeholders cuts "service/{ClusterName}/{ServiceName}" into texts and names
// in turn: "service/", "ClusterName", "/", "ServiceName", "". A name that ends
// in "..." takes the rest with its slashes; "_" is read over.
func placeholders(pattern string) []string {
	var out []string
	for {
		text, rest, open := strings.Cut(pattern, "{")
		out = append(out, text)
		if !open {
			return out
		}
		name, after, _ := strings.Cut(rest, "}")
		out = append(out, name)
		pattern = after
	}
}

// Resource returns the dimensions of the resource with this ARN: for
// arn:aws:ec2:eu-west-1:111122223333:instance/i-0ab {"InstanceId": "i-0ab"};
// false if it is not of this service.
func (s *Service) Resource(arn string) (map[string]string, bool) {
	parts := strings.SplitN(arn, ":", 6)
	service, kind, _ := strings.Cut(s.TagType, ":")
	if s.TagType == "" || len(parts) < 6 || parts[0] != "arn" || parts[2] != service || !strings.HasPrefix(parts[5], kind) {
		return nil, false
	}
	out, rest := map[string]string{}, parts[5]
	if s.pattern[0] == "arn:" { // the dimension's value is the ARN itself
		rest = arn
		return map[string]string{s.TagDimension: arn}, true
	}
	rest, ok := strings.CutPrefix(rest, s.pattern[0])
	for i := 1; ok && i < len(s.pattern); i += 2 {
		name, all := strings.CutSuffix(s.pattern[i], "...")
		value := rest
		if text := s.pattern[i+1]; text != "" {
			value, rest, ok = strings.Cut(rest, text)
		} else {
			rest = ""
		}
		ok = ok && value != "" && (all || !strings.Contains(value, "/"))
		if name != "_" {
			out[name] = value
		}
	}
	return out, ok && rest == ""
}

// index makes services findable by the names of their metrics.
func index(services map[string]Service) (*Catalog, error) {
	c := &Catalog{metrics: map[string]*Metric{}, derived: map[string]*Derived{}, byAWS: map[awsName][]*Metric{}}
	for _, name := range slices.Sorted(maps.Keys(services)) {
		c.services = append(c.services, services[name])
	}
	for i := range c.services {
		s := &c.services[i]
		for k := range s.Metrics {
			m := &s.Metrics[k]
			if c.metrics[m.Name] != nil {
				return nil, fmt.Errorf("%s.yaml: two metrics are called %s", s.Name, m.Name)
			}
			c.metrics[m.Name] = m
		}
		for k := range s.Derived {
			d := &s.Derived[k]
			if c.metrics[d.Name] != nil || c.derived[d.Name] != nil {
				return nil, fmt.Errorf("%s.yaml: two metrics are called %s", s.Name, d.Name)
			}
			c.derived[d.Name] = d
		}
	}
	// Whose namespace it is comes first: CPUUtilization of AWS/EC2 is the
	// instance's before the group's.
	for _, own := range []bool{true, false} {
		for i := range c.services {
			for k := range c.services[i].Metrics {
				m := &c.services[i].Metrics[k]
				if (m.Namespace == c.services[i].Namespace) == own {
					key := awsName{m.Namespace, m.AWS}
					c.byAWS[key] = append(c.byAWS[key], m)
				}
			}
		}
	}
	return c, nil
}
