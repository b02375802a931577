package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // container images may have no time zones

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/evaluator/given"
	"github.com/parley-ops/parley/services/internal/unit"
)

// Baseline compares a value with what its series' own past lets expect.
type Baseline struct {
	// Zone is whose days and weeks the series follows; "" is UTC.
	Zone string
	Way  Tolerance
	// Given are the metrics of the same resource by which it is expected, in place
	// of its own hours and days; in order, each once.
	Given []string
	// By is how far from what is expected: deviations, a part of it (0.2 for 20
	// %), or a number in the series' unit.
	By unit.Number
}

// Tolerance is how the distance from what is expected is meant.
type Tolerance string

// The ways.
const (
	// Band is the learned band, which one sample in 200 is above and one below.
	Band   Tolerance = "band"
	Sigma  Tolerance = "sigma"
	Part   Tolerance = "part"
	Number Tolerance = "number"
)

// Forecast holds when the series will reach a number in time.
type Forecast struct {
	// Within is how soon it is reached for the condition to hold, Until from when
	// on it holds no more.
	Within, Until time.Duration
	// Confidence is how sure that has to be, from 0 to 1.
	Confidence float64
}

const (
	mostDays       = 3650
	farthest       = 14 * 24 * time.Hour
	leastSure      = 0.5
	untilPerWithin = 1.25
)

var forecastKeys = []string{"reaches", "within", "until", "confidence"}

// baseline reads what belongs to a baseline beside the test itself.
func (r *reader) baseline(f map[string]*yaml.Node, c *Condition) {
	if v := f["zone"]; v != nil {
		zone := r.text(v, "zone")
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" || c.Baseline == nil {
			if c.Baseline == nil {
				r.fail(v, "zone: only beside baseline or anomaly: whose days and weeks are learned")
				return
			}
			r.fail(v, "zone: %q is no time zone: write such as Europe/Berlin", zone)
		}
		c.Baseline.Zone = zone
	}
	if v := f["given"]; v != nil {
		r.given(v, c)
	}
	v := f["tolerance"]
	switch {
	case v == nil:
	case c.Baseline == nil || c.Kind == "anomaly":
		r.fail(v, "tolerance: only beside a comparison with the baseline, such as above: baseline")
	default:
		r.tolerance(v, c.Baseline)
	}
}

// given reads the metrics that explain one: requests.rate, or a list.
func (r *reader) given(n *yaml.Node, c *Condition) {
	switch {
	case c.Baseline == nil || c.Kind == "anomaly":
		r.fail(n, "given: only beside a comparison with the baseline, such as above: baseline")
		return
	case c.Baseline.Zone != "":
		r.fail(n, "given: not beside zone: what is expected follows the other metrics, not hours and days")
		return
	}
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		switch name := r.text(item, "given"); {
		case !metricForm.MatchString(name):
			r.fail(item, "given: metric %q: want letters, digits and . _ : / -, beginning with a letter", name)
		case name == c.Metric:
			r.fail(item, "given: %s cannot explain itself", name)
		case slices.Contains(c.Baseline.Given, name):
			r.fail(item, "given: %s is there twice", name)
		default:
			c.Baseline.Given = append(c.Baseline.Given, name)
		}
	}
	if len(items) == 0 || len(items) > given.Most {
		r.fail(n, "given: want 1 to %d metrics of the same resource, such as requests.rate", given.Most)
	}
	slices.Sort(c.Baseline.Given)
}

// tolerance reads 3 sigma, 20% or 50.
func (r *reader) tolerance(n *yaml.Node, b *Baseline) {
	text := strings.TrimSpace(r.text(n, "tolerance"))
	number, sigma := strings.CutSuffix(text, "sigma")
	x, err := unit.Parse(strings.TrimSpace(number))
	if err != nil || x.Value < 0 || sigma && x.Unit != "" {
		r.fail(n, "tolerance: %q: want deviations (3 sigma), a share of what is expected (20%%) or a number (50)", text)
		return
	}
	switch b.By = x; {
	case sigma:
		b.Way = Sigma
	case x.Unit == "%":
		b.Way, b.By = Part, unit.Number{Value: x.Value / 100}
	default:
		b.Way = Number
	}
}

// anomaly reads warning, critical, or how rare a false alert may be: one in 7
// days.
func (r *reader) anomaly(n *yaml.Node, c *Condition) {
	c.Baseline = &Baseline{Way: Band}
	if n.Kind == yaml.MappingNode {
		above := r.fields(n, "anomaly", []string{"above"})["above"]
		if above == nil {
			r.fail(n, "anomaly: how rare? want {above: one in 7 days}")
			return
		}
		n = above
	}
	text := strings.Join(strings.Fields(r.text(n, "anomaly")), " ")
	switch text {
	case "warning":
		c.Rarity = 30
		return
	case "critical":
		c.Rarity = 180
		return
	}
	days, one := strings.CutPrefix(text, "one in ")
	days, some := strings.CutSuffix(strings.TrimSuffix(days, "s"), " day")
	v, err := strconv.ParseFloat(days, 64)
	if !one || !some || err != nil || v < 1 || v > mostDays {
		r.fail(n, "anomaly: %q: want warning (one false alert in 30 days), critical (one in 180) or such as one in 7 days", text)
		v = 30
	}
	c.Rarity = v
}

// forecast reads {reaches: 100, within: 24h, until: 36h, confidence: 80%}.
func (r *reader) forecast(n *yaml.Node, c *Condition) {
	f := r.fields(n, "forecast", forecastKeys)
	c.Forecast = &Forecast{Confidence: leastSure}
	if v := f["reaches"]; v == nil {
		r.fail(n, "forecast: no reaches: what is reached: {reaches: 100, within: 24h}")
	} else {
		c.Operand = r.numbers(v, "forecast.reaches", 1)
	}
	if v := f["within"]; v == nil {
		r.fail(n, "forecast: no within: how soon: {reaches: 100, within: 24h}")
	} else if c.Forecast.Within = r.duration(v, "forecast.within"); c.Forecast.Within < time.Hour || c.Forecast.Within > farthest {
		r.fail(v, "forecast.within: want 1h to 14d")
	}
	c.Forecast.Until = time.Duration(float64(c.Forecast.Within) * untilPerWithin)
	if v := f["until"]; v != nil {
		if c.Forecast.Until = r.duration(v, "forecast.until"); c.Forecast.Until < c.Forecast.Within {
			r.fail(v, "forecast.until: want no less than within: it is where the condition recovers")
		}
	}
	if v := f["confidence"]; v != nil {
		x, err := unit.Parse(v.Value)
		if err != nil || x.Unit != "%" || x.Value < 0 || x.Value > 100 {
			r.fail(v, "forecast.confidence: want a share such as 80%%")
		}
		c.Forecast.Confidence = x.Value / 100
	}
}

// learnedWords are those of a condition on what was learned.
func (c *Condition) learnedWords() string {
	switch {
	case c.Forecast != nil && len(c.Operand) > 0:
		text := "reaching " + c.Operand[0].Words() + " within " + span(c.Forecast.Within)
		if c.Forecast.Confidence != leastSure {
			text += fmt.Sprintf(" (%.0f %% sure)", 100*c.Forecast.Confidence)
		}
		return text
	case c.Expr != nil:
		return strings.Join(strings.Fields(c.Expr.Text), " ")
	case c.Kind == "anomaly":
		return fmt.Sprintf("unusual as a false alert is once in %g days", c.Rarity)
	case c.OrEqual:
		return map[string]string{"above": "at least", "below": "at most"}[c.Kind]
	case c.Baseline == nil:
		return c.Kind
	}
	b := c.Baseline
	what := c.Kind + " the baseline"
	if len(b.Given) > 0 {
		what = c.Kind + " what is expected given " + strings.Join(b.Given, " and ")
	}
	switch b.Way {
	case Sigma:
		return fmt.Sprintf("%s by more than %g deviations", what, b.By.Value)
	case Part:
		return what + " by more than " + unit.Format(100*b.By.Value, "%")
	case Number:
		return what + " by more than " + b.By.Words()
	}
	return what
}
