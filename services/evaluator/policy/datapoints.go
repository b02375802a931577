package policy

import (
	"fmt"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/evaluator/internal/condition"
)

// Datapoints makes a condition hold by how many of the last ones do.
type Datapoints struct {
	// Hold of the last Of have to hold.
	Hold, Of int
	// Every is how long a datapoint is; 0: each sample is one.
	Every time.Duration
	// Missing is what one without a sample counts as.
	Missing Missing
}

// Missing is what a datapoint without data counts as: CloudWatch's words, with
// CloudWatch's meanings.
type Missing string

// The meanings.
const (
	MissingMissing Missing = "missing"
	Ignore         Missing = "ignore"
	Breaching      Missing = "breaching"
	NotBreaching   Missing = "notBreaching"
)

// MaxDatapoints is how many datapoints a condition may look at.
const MaxDatapoints = 60

var (
	datapointsKeys = []string{"hold", "of", "every", "missing"}
	missingWords   = []string{string(MissingMissing), string(Ignore), string(Breaching), string(NotBreaching)}
)

// datapoints reads {hold: 3, of: 5, every: 1m, missing: ignore}.
func (r *reader) datapoints(n *yaml.Node, c *Condition) *Datapoints {
	f := r.fields(n, "datapoints", datapointsKeys)
	d := &Datapoints{Missing: MissingMissing}
	if f["hold"] == nil || f["of"] == nil {
		r.fail(n, "datapoints: want how many of how many have to hold: {hold: 3, of: 5}")
		return nil
	}
	d.Of = r.whole(f["of"], "datapoints.of", 1, MaxDatapoints)
	d.Hold = r.whole(f["hold"], "datapoints.hold", 1, max(d.Of, 1))
	if v := f["every"]; v != nil {
		if d.Every = r.duration(v, "datapoints.every"); d.Every < time.Second {
			r.fail(v, "datapoints.every: want 1s at least")
		}
	}
	if v := f["missing"]; v != nil {
		switch d.Missing = Missing(r.text(v, "datapoints.missing")); d.Missing {
		case MissingMissing, Ignore, Breaching, NotBreaching:
			if d.Every == 0 {
				r.fail(v, "datapoints.missing: without `every` each sample is a datapoint, and none is ever missing")
			}
		default:
			r.fail(v, "datapoints.missing: want missing, ignore, breaching or notBreaching, not %q%s", v.Value, suggest(v.Value, missingWords))
		}
	}
	if k := kinds[c.Kind]; k != nil && k.Operand == condition.Span {
		r.fail(n, "datapoints: not beside %s, which is about samples that do not come", c.Kind)
	}
	return d
}

// whole reads a whole number within bounds.
func (r *reader) whole(n *yaml.Node, what string, least, most int) int {
	v, err := strconv.Atoi(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode || v < least || v > most {
		r.fail(n, "%s: want a whole number from %d to %d", what, least, most)
		return least
	}
	return v
}

func (d *Datapoints) words() string {
	text := fmt.Sprintf(" in %d of the last %d datapoints", d.Hold, d.Of)
	if d.Every > 0 {
		text += " of " + span(d.Every)
	}
	return text
}
