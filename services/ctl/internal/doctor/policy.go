package doctor

import (
	"embed"
	"encoding/json"
	"slices"

	"github.com/parley-ops/parley/services/internal/account"
)

//go:embed iam/*.json
var files embed.FS

// Policy is an IAM policy document.
type Policy struct {
	Version   string
	Statement []Statement
}

// Statement is one of a policy's; Resource is text or a list.
type Statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  json.RawMessage
	Condition json.RawMessage `json:",omitempty"`
}

// Policies returns the smallest policies that allow the needs: of the
// collector's role, and of the action role, nil where nothing is acted on.
func Policies(needs []Need) (collector, actions *Policy) {
	wanted := map[account.Purpose][]string{}
	for _, n := range needs {
		wanted[n.Purpose] = append(wanted[n.Purpose], n.Permission)
	}
	collector = only(wanted[account.Read], "collector", "events")
	if len(wanted[account.Act]) > 0 {
		actions = only(wanted[account.Act], "actions")
	}
	return collector, actions
}

// only returns the statements of the files with the wanted actions. What
// denies stays if it denies any of them; the one that keeps the role from
// giving itself power stays whole.
func only(wanted []string, names ...string) *Policy {
	out := &Policy{Version: "2012-10-17", Statement: []Statement{}}
	for _, name := range names {
		for _, s := range shipped(name).Statement {
			if s.Sid != "NeverTagsThatGrant" {
				s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return !slices.Contains(wanted, a) })
			}
			if len(s.Action) > 0 {
				out.Statement = append(out.Statement, s)
			}
		}
	}
	return out
}

// shipped returns one of deploy/aws/iam.
func shipped(name string) Policy {
	data, err := files.ReadFile("iam/" + name + ".json")
	if err == nil {
		var p Policy
		if err = json.Unmarshal(data, &p); err == nil {
			return p
		}
	}
	panic(err) // the build is broken; a test reads them all
}
