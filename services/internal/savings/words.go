package savings

import "strings"

// figure is one of a find's: what people call it, and whether a picture of it
// shows something. What is only said of the find as a whole does not.
type figure struct {
	words string
	drawn bool
}

var figures = map[string]figure{
	"cpu_max_percent":    {"CPU, each hour's most", true},
	"network_mb_day":     {"network in 24 hours", true},
	"connections":        {"connections, each hour's most", true},
	"requests":           {"requests an hour", true},
	"bytes":              {"bytes an hour", true},
	"hours":              {"unused for", false},
	"usd_month":          {"list price a month", false},
	"confidence_percent": {"confidence", false},
}

// Words returns what people call a metric about waste: "CPU, each hour's most".
// Other metrics are called what they are.
func Words(metric string) string {
	if f, ok := of(metric); ok {
		return f.words
	}
	return metric
}

// Drawn reports whether a picture of the metric shows something: not of what a
// find costs and since when it is one, which a number says.
func Drawn(metric string) bool {
	f, ok := of(metric)
	return !ok || f.drawn
}

func of(metric string) (figure, bool) {
	rest, ok := strings.CutPrefix(metric, Prefix)
	if !ok {
		return figure{}, false
	}
	_, name, _ := strings.Cut(rest, ".")
	f, ok := figures[name]
	return f, ok
}
