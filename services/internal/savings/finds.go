package savings

import (
	"cmp"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
)

// Prefix begins the names of all metrics about waste.
const Prefix = "aws.waste."

// Find is one thing that is paid for and not used.
type Find struct {
	// Incident is the open incident that tells it.
	Incident string `json:"incident"`
	// Kind is "idle_instance", "unattached_volume" …
	Kind string `json:"kind"`
	// Name is what people call it, Resource its id.
	Name     string `json:"name"`
	Resource string `json:"resource"`
	Account  string `json:"account"`
	Region   string `json:"region"`
	// Owner as the tag says; empty: nobody is named.
	Owner string `json:"owner,omitempty"`
	// For is how long it has been so, as far as anybody knows.
	For time.Duration `json:"for"`
	// USDMonth is what it costs a month; Priced is false if nobody knows.
	USDMonth float64 `json:"usd_month,omitempty"`
	Priced   bool    `json:"priced"`
}

// Finds returns what the open incidents say about waste: the dearest first,
// those of unknown price last.
func Finds(incidents []*eventv1.IncidentChanged, now time.Time) []Find {
	var out []Find
	for _, c := range incidents {
		if f, ok := find(c, now); ok {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Find) int {
		if a.Priced != b.Priced {
			if a.Priced {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.USDMonth, a.USDMonth), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Incident, b.Incident))
	})
	return out
}

func find(c *eventv1.IncidentChanged, now time.Time) (Find, bool) {
	if c.GetState() != eventv1.IncidentState_INCIDENT_STATE_OPEN {
		return Find{}, false
	}
	f := Find{Incident: c.GetId(), For: max(0, now.Sub(c.GetOpenedAt().AsTime()))}
	labels := label.FromProto(c.GetLabels())
	for _, k := range c.GetConditions() {
		rest, ok := strings.CutPrefix(k.GetMetric(), Prefix)
		if !ok {
			continue
		}
		kind, figure, _ := strings.Cut(rest, ".")
		if f.Kind == "" {
			f.Kind = kind
			if s := label.FromProto(k.GetSeries().GetLabels()); len(s) > len(labels) {
				labels = s
			}
		}
		if k.GetValueAt() == nil {
			continue
		}
		switch figure {
		case "usd_month":
			f.USDMonth, f.Priced = k.GetValue(), k.GetValue() > 0
		case "hours":
			f.For = max(f.For, time.Duration(k.GetValue()*float64(time.Hour)))
		}
	}
	f.Resource = labels.Get("resource")
	f.Name = cmp.Or(labels.Get("name"), f.Resource, c.GetPolicy())
	f.Account = cmp.Or(labels.Get("account_name"), labels.Get("account"))
	f.Region, f.Owner = labels.Get("region"), labels.Get("owner")
	return f, f.Kind != ""
}

// What says a find's kind in words: "idle instance".
func (f Find) What() string { return strings.ReplaceAll(f.Kind, "_", " ") }

// Total returns what all finds cost a month, and of how many the price is not
// known.
func Total(finds []Find) (usdMonth float64, unpriced int) {
	for _, f := range finds {
		if !f.Priced {
			unpriced++
			continue
		}
		usdMonth += f.USDMonth
	}
	return usdMonth, unpriced
}
