package account

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/yamlfile"
)

// Bounds of an accounts file.
const (
	maxBytes    = 1 << 20
	maxAccounts = 1000
	maxList     = 100
	maxNodes    = 200_000
)

var (
	// The large ones are compiled when one is needed: that takes longer than most
	// commands.
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	roleName  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(arn:aws[a-z-]*:iam::([0-9]{12}):role/)?[\w+=,.@/-]{1,512}$`)
	})
	externalID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(@.+|[\w+=,.@:/-]{2,1000})$`) })
	tagName    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$`) })
	queueURL   = regexp.MustCompile(`^https?://[A-Za-z0-9.:-]+/[0-9]{12}/[A-Za-z0-9_.-]{1,80}$`)
)

// Parse reads an accounts file and returns the accounts, sorted by id. All
// that is wrong is said at once, each with file, line and the fix; regions are
// those of entries that name none. External ids are as written: @FILE is not
// read yet.
func Parse(file string, data []byte, regions []string) ([]Account, error) {
	r := &reader{file: file}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: more than %d bytes", file, maxBytes)
	}
	root, p := yamlfile.Top(data, maxNodes)
	if p != nil {
		return nil, fmt.Errorf("%s:%d: %s", file, p.Line, p.Text)
	}
	if root == nil {
		return nil, fmt.Errorf("%s:1: accounts: is missing", file)
	}
	list := r.fields(root, "the file", "accounts")["accounts"]
	if list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0 || len(list.Content) > maxAccounts {
		r.fail(root, "accounts: want a list of 1 to %d accounts", maxAccounts)
		return nil, errors.Join(r.errs...)
	}
	var out []Account
	for _, n := range list.Content {
		a := r.account(n, regions)
		for _, b := range out {
			if a.ID != "" && a.ID == b.ID || a.Name != "" && a.Name == b.Name {
				r.fail(n, "account %s is there twice", a)
			}
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	return out, errors.Join(r.errs...)
}

// reader reads nodes and collects what is wrong.
type reader struct {
	file string
	errs []error
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", r.file, max(n.Line, 1), fmt.Sprintf(format, args...)))
}

// fields returns a mapping's values by key, and complains about keys that are
// not known.
func (r *reader) fields(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s: want `name: value` lines", what)
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch _, twice := out[k.Value]; {
		case twice:
			r.fail(k, "%s: %q is there twice", what, k.Value)
		case known != nil && !slices.Contains(known, k.Value):
			hint := "; there are " + strings.Join(known, ", ")
			if best := nearest.To(k.Value, known); best != "" {
				hint = fmt.Sprintf(" (did you mean %q?)", best)
			}
			r.fail(k, "unknown key %q%s", k.Value, hint)
		case v.Kind != yaml.ScalarNode || v.Tag != "!!null":
			out[k.Value] = v
		}
	}
	return out
}

func (r *reader) account(n *yaml.Node, regions []string) Account {
	f := r.fields(n, "an account", "id", "name", "team", "regions", "role", "action_role", "external_id", "services", "tags", "linked", "budget", "free_tier", "labels", "queue")
	a := Account{
		ID:         r.text(f["id"], "id", accountID, "twelve digits"),
		Name:       r.text(f["name"], "name", nil, ""),
		Team:       cmp.Or(r.text(f["team"], "team", nil, ""), defaultTeam),
		Regions:    r.texts(f["regions"], "regions", regionName, "regions like eu-west-1"),
		Role:       r.text(f["role"], "role", roleName(), "a role's name or ARN"),
		ActionRole: r.text(f["action_role"], "action_role", roleName(), "a role's name or ARN"),
		ExternalID: config.Secret(r.text(f["external_id"], "external_id", externalID(), "2 to 1,000 letters, digits and _+=,.@:/-, or @FILE")),
		Services:   r.services(f["services"]),
		Tags:       r.tags(f["tags"]),
		Linked:     r.bool(f["linked"], "linked"),
		Budget:     r.money(f["budget"], "budget"),
		FreeTier:   r.bool(f["free_tier"], "free_tier"),
		Labels:     r.texts(f["labels"], "labels", tagName(), "names of tags"),
		Queue:      r.text(f["queue"], "queue", queueURL, "the URL of an SQS queue"),
	}
	if f["id"] == nil {
		r.fail(n, "id: is missing: twelve digits")
	}
	a.Name = cmp.Or(a.Name, a.ID)
	if len(a.Regions) == 0 {
		a.Regions = slices.Clone(regions)
	}
	if len(a.Regions) == 0 {
		r.fail(n, "account %s: regions: is missing, and neither --aws-regions nor AWS_REGION says one", a)
	} else {
		a.Role, a.ActionRole = roleARN(a.Role, a.ID, a.Regions[0]), roleARN(a.ActionRole, a.ID, a.Regions[0])
	}
	for key, role := range map[string]string{"role": a.Role, "action_role": a.ActionRole} {
		if m := roleName().FindStringSubmatch(role); m != nil && m[2] != "" && m[2] != a.ID {
			r.fail(f[key], "%s: is a role of account %s, not of %s", key, m[2], a.ID)
		}
	}
	if a.ExternalID == "" && (a.Role != "" || a.ActionRole != "") {
		r.fail(n, "account %s: external_id: is missing: whoever knows a role's name could have Parley assume it; deploy/aws/README.md says how to make one", a)
	}
	if a.Role != "" && a.Role == a.ActionRole {
		r.fail(f["action_role"], "action_role: is the role that reads: want one of its own, so that reading can change nothing")
	}
	if f["labels"] == nil {
		a.Labels = slices.Clone(defaultLabels)
	}
	return a
}

// text returns a scalar that matches what is wanted, "" where it is missing.
func (r *reader) text(n *yaml.Node, key string, want *regexp.Regexp, words string) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || len(n.Value) > 2048 || n.Value == "" || strings.ContainsFunc(n.Value, func(c rune) bool { return c < ' ' }) {
		r.fail(n, "%s: want text", key)
		return ""
	}
	if want != nil && !want.MatchString(n.Value) {
		r.fail(n, "%s: want %s", key, words)
		return ""
	}
	return n.Value
}

// texts returns a list of scalars; one scalar is a list of one.
func (r *reader) texts(n *yaml.Node, key string, want *regexp.Regexp, words string) []string {
	if n == nil {
		return nil
	}
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	if len(items) > maxList {
		r.fail(n, "%s: more than %d", key, maxList)
		return nil
	}
	var out []string
	for _, i := range items {
		if s := r.text(i, key, want, words); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// services returns names of services that are known.
func (r *reader) services(n *yaml.Node) []string {
	out := r.texts(n, "services", nil, "")
	for _, s := range out {
		if slices.Contains(serviceNames, s) {
			continue
		}
		hint := "; there are " + strings.Join(serviceNames, ", ")
		if best := nearest.To(s, serviceNames); best != "" {
			hint = fmt.Sprintf(" (did you mean %q?)", best)
		}
		r.fail(n, "services: unknown service %q%s", s, hint)
	}
	return out
}

// tags returns matchers by the tag's name.
func (r *reader) tags(n *yaml.Node) map[string]string {
	if n == nil {
		return nil
	}
	out := map[string]string{}
	for name, v := range r.fields(n, "tags") {
		value := r.text(v, "tags: "+name, nil, "")
		// The name of a tag may be none of a label; the value is what can be wrong.
		if _, err := label.ParseValue("tag", value); err != nil || !tagName().MatchString(name) {
			r.fail(v, "tags: %s: want `tag: value`, with \"!value\", \"~regexp\" or \"!~regexp\" for others", name)
			continue
		}
		out[name] = value
	}
	return out
}

func (r *reader) bool(n *yaml.Node, key string) bool {
	if s := r.text(n, key, nil, ""); s != "" && s != "true" && s != "false" {
		r.fail(n, "%s: want true or false", key)
	}
	return n != nil && n.Value == "true"
}

func (r *reader) money(n *yaml.Node, key string) float64 {
	s := r.text(n, key, nil, "")
	if s == "" {
		return 0
	}
	usd, err := strconv.ParseFloat(s, 64)
	if err != nil || usd < 0 || math.IsInf(usd, 0) || math.IsNaN(usd) {
		r.fail(n, "%s: want USD a month, such as 5", key)
		return 0
	}
	return usd
}
