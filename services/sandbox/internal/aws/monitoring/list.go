package monitoring

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

const (
	pageMetrics = 500
	forgotten   = 14 * day // metrics silent for this long are not listed
	// RecentlyActive is approximate: AWS may list metrics that are 50 minutes staler.
	recently = 3*time.Hour + 50*time.Minute
)

func (c *CloudWatch) listMetrics(r *wire.Request, at world.Key) (wire.Answer, error) {
	want := filter{namespace: r.Text("Namespace"), name: r.Text("MetricName"), silent: forgotten}
	for _, d := range r.List("Dimensions") {
		want.dimensions = append(want.dimensions, world.Dimension{Name: d.Text("Name"), Value: d.Text("Value")})
	}
	switch active := r.Text("RecentlyActive"); active {
	case "":
	case "PT3H":
		want.silent = recently
	default:
		return nil, invalid("The value %s for parameter RecentlyActive is invalid. It must be PT3H.", active)
	}
	if len(want.dimensions) > 30 {
		return nil, wire.Validation("The collection Dimensions must not have a size greater than 30.")
	}
	places, err := c.places(r, at)
	if err != nil {
		return nil, err
	}
	token := newToken(r, "Namespace", "MetricName", "RecentlyActive", "OwningAccount")
	skip, err := token.offset(r.Text("NextToken"))
	if err != nil {
		return nil, err
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	type owned struct {
		metric world.Metric
		owner  string
	}
	var found []owned
	for _, place := range places {
		for _, m := range c.metrics(place, want) {
			found = append(found, owned{m.Metric, place.Account})
		}
	}
	from := min(skip, len(found))
	to := min(from+pageMetrics, len(found))
	metrics, owners := []wire.Map{}, []string{}
	for _, m := range found[from:to] {
		metrics = append(metrics, wire.Map{"Namespace": m.metric.Namespace, "MetricName": m.metric.Name, "Dimensions": dimensionsOf(m.metric)})
		owners = append(owners, m.owner)
	}
	answer := wire.Map{"Metrics": metrics}
	if r.Bool("IncludeLinkedAccounts") {
		answer["OwningAccounts"] = owners
	}
	if to < len(found) {
		answer["NextToken"] = token.at(to)
	}
	return answer, nil
}

// places are the accounts that a list is of.
func (c *CloudWatch) places(r *wire.Request, at world.Key) ([]world.Key, error) {
	owner := r.Text("OwningAccount")
	if !r.Bool("IncludeLinkedAccounts") {
		if owner != "" && owner != at.Account {
			return nil, invalid("The parameter OwningAccount needs IncludeLinkedAccounts.")
		}
		return []world.Key{at}, nil
	}
	places := []world.Key{at}
	for _, account := range c.Options().Links[at.Account] {
		places = append(places, world.Key{Account: account, Region: at.Region})
	}
	if owner == "" {
		return places, nil
	}
	i := slices.IndexFunc(places, func(k world.Key) bool { return k.Account == owner })
	if i < 0 {
		return nil, invalid("The account %s is not linked to %s.", owner, at.Account)
	}
	return places[i : i+1], nil
}

// filter is what a list or a search is of.
type filter struct {
	namespace, name string
	dimensions      []world.Dimension // an empty value is any
	silent          time.Duration
}

func (f filter) has(l world.Listed, now time.Time) bool {
	if l.Last.IsZero() || now.Sub(l.Last) > f.silent ||
		f.namespace != "" && l.Namespace != f.namespace || f.name != "" && l.Name != f.name {
		return false
	}
	for _, d := range f.dimensions {
		if !slices.ContainsFunc(l.Dimensions, func(o world.Dimension) bool {
			return o.Name == d.Name && (d.Value == "" || o.Value == d.Value)
		}) {
			return false
		}
	}
	return true
}

// metrics lists the world's metrics and then the custom ones that f is of.
func (c *CloudWatch) metrics(at world.Key, f filter) []world.Listed {
	now := c.world.Now()
	var out []world.Listed
	for _, list := range [][]world.Listed{c.world.Metrics(at), c.custom.list(at)} {
		for _, l := range list {
			if f.has(l, now) {
				out = append(out, l)
			}
		}
	}
	return out
}

// token ties the pages of one request together.
type token struct{ sum string }

// newToken is of a request; the named members must be the same on each page.
func newToken(r *wire.Request, members ...string) token {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s %s", r.Caller.Account, r.Region, r.Operation)
	for _, name := range members {
		fmt.Fprintf(h, "|%s", r.Text(name))
	}
	return token{strconv.FormatUint(h.Sum64(), 36)}
}

func (t token) at(n int) string { return t.with(strconv.Itoa(n)) }

func (t token) with(text string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(t.sum + " " + text))
}

// text is what [token.with] was given.
func (t token) text(s string) (string, error) {
	plain, err := base64.RawURLEncoding.DecodeString(s)
	sum, rest, ok := strings.Cut(string(plain), " ")
	if err != nil || !ok || sum != t.sum {
		return "", errToken()
	}
	return rest, nil
}

func (t token) offset(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	text, err := t.text(s)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, errToken()
	}
	return n, nil
}

func errToken() error {
	return &wire.Error{Code: "InvalidNextToken", Message: "The next token specified is invalid."}
}
