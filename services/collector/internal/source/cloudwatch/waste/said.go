package waste

import (
	"maps"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/label"
)

// said remembers what was told, so that what is over is told as 0.
type said struct {
	account  account.Account
	region   string
	interval time.Duration
	last     map[uint64]*told
	// hourly are the series of finds that have a sample for every hour; at is
	// the hour that was said last.
	hourly map[uint64]*told
	looked time.Time
}

type told struct {
	series *series.Series
	value  float64
	// at is when it was said last, round when it was true last.
	at    time.Time
	round uint64
	// ends: it is 0 when the find is over. Of a limit, or the size of a volume,
	// that would be wrong.
	ends bool
}

func newSaid(a account.Account, region string, interval time.Duration) *said {
	return &said{account: a, region: region, interval: interval, last: map[uint64]*told{}, hourly: map[uint64]*told{}}
}

// units of figures by the end of their metric's name.
var units = map[string]string{"usd_month": "USD", "usd_month_now": "USD", "usd_month_then": "USD", "hours": "h", "cpu_max_percent": "%", "cpu_p95_percent": "%",
	"cpu_limit_percent": "%", "bytes": "bytes", "memory_percent": "%", "confidence_percent": "%", "network_mb_day": "MB a day", "size_gib": "GiB"}

// samples returns what there is to say: everything, or what differs from what
// was said last. What was above 0 and is not said any more is 0, once, and before
// all else: of a find that is over, what it costs is the last to say so. Before a
// 0 stands that until the look before it was not, so that a chart falls where it
// did.
//
// The hours of a find come before what says that it is one, and those that end
// it after what says that it is over: whatever they were meanwhile, a policy
// that asks for both turns once.
func (s *said) samples(all []Judgement, now time.Time, everything bool) []batch.Sample {
	var over, out []batch.Sample
	round := uint64(now.UnixNano())
	before := s.looked
	s.looked = now
	end := func(t *told) (fall []batch.Sample) {
		if t.value > 0 && t.at.Before(before) {
			fall = append(fall, batch.Sample{Series: t.series, UnixMS: before.UnixMilli(), Value: t.value})
		}
		return append(fall, batch.Sample{Series: t.series, UnixMS: now.UnixMilli()})
	}
	say := func(labels label.Set, k Kind, figure string, v float64) {
		name := "aws.waste." + string(k) + "." + figure
		id := label.Fingerprint(name, labels)
		t := s.last[id]
		if t == nil {
			t = &told{series: series.New(name, labels, units[figure], s.interval), value: -1, ends: figure == "hours" || figure == "usd_month" || figure == "confidence_percent"}
			s.last[id] = t
		}
		t.round = round
		switch {
		case v == 0 && t.value > 0:
			out = append(out, end(t)...)
			t.at = now
		case everything || v != t.value:
			out = append(out, batch.Sample{Series: t.series, UnixMS: now.UnixMilli(), Value: v})
			t.at = now
		}
		t.value = v
	}
	for _, j := range all {
		labels := s.labels(j)
		if !j.Waste {
			if j.Priced {
				say(labels, j.Kind, "usd_month", 0)
			}
			say(labels, j.Kind, "hours", 0)
			out = append(out, s.sayHourly(j, labels, round)...)
			continue
		}
		for figure, v := range j.Figures { // a limit among them, that the hours are compared with
			say(labels, j.Kind, figure, v)
		}
		out = append(out, s.sayHourly(j, labels, round)...)
		say(labels, j.Kind, "hours", j.For.Hours())
		if j.Priced {
			say(labels, j.Kind, "usd_month", j.USDMonth)
		}
	}
	for id, t := range s.last {
		if t.round == round {
			continue
		}
		if t.value != 0 && t.ends {
			over = append(over, end(t)...)
		}
		delete(s.last, id)
	}
	maps.DeleteFunc(s.hourly, func(_ uint64, t *told) bool { return t.round != round })
	return append(over, out...)
}

// labels returns those of a find: where it is, what it is, and the tags that
// the account makes labels.
func (s *said) labels(j Judgement) label.Set {
	m := map[string]string{"team": s.account.Team, "account": s.account.ID, "account_name": s.account.Name, "region": s.region,
		"resource": j.Resource, "resource_type": j.Type, "name": j.Resource}
	for k, v := range j.Labels {
		m[k] = v
	}
	for _, tag := range s.account.Labels {
		if v := j.Tags[tag]; v != "" {
			m[labelName(tag)] = cut(v, series.MaxLabelValue)
		}
	}
	return label.FromMap(m)
}

// labelName returns the label that a tag becomes: Name is name, environment is
// env.
func labelName(tag string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, strings.ToLower(tag))
	if name == "environment" {
		return "env"
	}
	return name
}

// cut returns s as UTF-8 of at most n bytes.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "�")
	return strings.ToValidUTF8(s[:min(len(s), n)], "")
}
