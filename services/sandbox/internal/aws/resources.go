package aws

import (
	"net/http"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// inventory is what one account has in one region.
type inventory struct {
	Account   string           `json:"account"`
	Region    string           `json:"region"`
	Resources []world.Resource `json:"resources"`
}

// getResources lists everything with its state and tags, in one account and region
// where ?account= and ?region= name them.
func (a *Account) getResources(rw http.ResponseWriter, r *http.Request) {
	account, region := r.URL.Query().Get("account"), r.URL.Query().Get("region")
	list := []inventory{}
	for _, k := range a.world.Places() {
		if (account == "" || k.Account == account) && (region == "" || k.Region == region) {
			list = append(list, inventory{Account: k.Account, Region: k.Region, Resources: a.world.Resources(k)})
		}
	}
	say(rw, map[string]any{"now": a.world.Now(), "places": list})
}
