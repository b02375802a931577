package catalog

import (
	"slices"
	"strings"
	"unicode"
)

// Name returns what we call a metric of a namespace with a statistic: as the
// catalog has it, or made by the same rules for what it does not have. The
// names of the dimensions, where given, decide between two services that share
// a metric (CPUUtilization of an instance, and of a group).
func (c *Catalog) Name(namespace, metric, statistic string, dimensions ...string) string {
	service, suffix := snake(strings.TrimPrefix(namespace, "AWS/")), statisticSuffix(statistic)
	var best *Metric
	for _, m := range c.byAWS[awsName{namespace, metric}] {
		if best == nil || !best.Has(dimensions) && m.Has(dimensions) {
			best = m
		}
	}
	if best != nil {
		base := best.Name
		if !best.Default {
			base = strings.TrimSuffix(base, statisticSuffix(best.Statistic))
		}
		for _, m := range c.byAWS[awsName{namespace, metric}] {
			if m.Service == best.Service && m.Statistic == statistic {
				return m.Name
			}
		}
		return base + suffix
	}
	if i := slices.IndexFunc(c.services, func(s Service) bool { return s.Namespace == namespace }); i >= 0 {
		service = c.services[i].Name
	}
	if statistic == "Average" || statistic == "" {
		suffix = ""
	}
	return "aws." + service + "." + snake(metric) + suffix
}

func statisticSuffix(s string) string {
	if s == "" {
		return ""
	}
	if s == "SampleCount" {
		return ".sample_count"
	}
	return "." + strings.ToLower(s)
}

// ours are labels that every sample of AWS has; a dimension must not overwrite one.
var ours = []string{"team", "account", "account_name", "region"}

// LabelName returns the label that a dimension becomes.
func LabelName(dimension string) string {
	name := snake(dimension)
	if slices.Contains(ours, name) {
		return "dimension_" + name
	}
	return name
}

// snake writes a name of AWS in small letters with underscores:
// HTTPCode_ELB_5XX_Count → http_code_elb_5xx_count, EBSIOBalance% →
// ebsio_balance_percent, ConsumedLCUs → consumed_lcus. What is neither letter
// nor digit becomes an underscore; an empty name becomes "_".
func snake(name string) string {
	r := []rune(strings.ReplaceAll(name, "%", " percent"))
	var b strings.Builder
	gap := false // an underscore is due before the next letter
	for i, c := range r {
		if !(c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c))) {
			gap = true
			continue
		}
		if i > 0 && unicode.IsUpper(c) {
			before := r[i-1]
			next := i+1 < len(r) && unicode.IsLower(r[i+1])
			plural := next && r[i+1] == 's' && (i+2 == len(r) || !unicode.IsLower(r[i+2])) // the U of LCUs
			gap = gap || unicode.IsLower(before) || unicode.IsUpper(before) && next && !plural
		}
		if gap && b.Len() > 0 {
			b.WriteByte('_')
		}
		gap = false
		b.WriteRune(unicode.ToLower(c))
	}
	if b.Len() == 0 {
		return "_"
	}
	return b.String()
}
