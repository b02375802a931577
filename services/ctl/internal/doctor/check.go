package doctor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/parley-ops/parley/services/internal/account"
)

// State is what was found of one permission.
type State string

// The states.
const (
	// Allowed: AWS lets us.
	Allowed State = "allowed"
	// Missing: AWS says no.
	Missing State = "missing"
	// Untried: there is no way to ask without doing it.
	Untried State = "untried"
	// Unknown: it could not be asked; Text says why.
	Unknown State = "unknown"
	// Failed: nothing can be done in this region: credentials, role, network.
	Failed State = "failed"
)

// Finding is what was found of one permission in one account and region.
type Finding struct {
	Account     string   `json:"account"`
	AccountName string   `json:"account_name"`
	Region      string   `json:"region"`
	Purpose     string   `json:"purpose"` // read or act
	Permission  string   `json:"permission"`
	State       State    `json:"state"`
	For         []string `json:"for,omitempty"`
	// Text is who we are where it is allowed, else what is wrong and the fix.
	Text string `json:"text,omitempty"`
}

// Wrong reports whether something has to be done about it.
func (f Finding) Wrong() bool { return f.State == Missing || f.State == Failed }

const (
	// atOnce is how many calls are under way in one account and region.
	atOnce = 4
	// patience is how long one purpose may take there: a region that does not
	// answer is a finding.
	patience = 20 * time.Second
)

// Check tries every need in one region and returns what it found, first of
// each purpose who we are there, then the permissions in the order of needs.
func Check(ctx context.Context, set *account.Set, a account.Account, region string, needs []Need) []Finding {
	var out []Finding
	for _, purpose := range []account.Purpose{account.Read, account.Act} {
		var these []Need
		for _, n := range needs {
			if n.Purpose == purpose {
				these = append(these, n)
			}
		}
		if purpose == account.Act && len(these) == 0 {
			continue
		}
		out = append(out, check(ctx, set, a, region, purpose, these)...)
	}
	return out
}

func check(ctx context.Context, set *account.Set, a account.Account, region string, purpose account.Purpose, needs []Need) []Finding {
	found := func(permission string, s State, text string, what []string) Finding {
		return Finding{a.ID, a.Name, region, purpose.String(), permission, s, what, text}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conf, err := set.AWS(ctx, a, region, purpose, "parley-doctor")
	var who *sts.GetCallerIdentityOutput
	if err == nil {
		who, err = sts.NewFromConfig(conf).GetCallerIdentity(ctx, nil)
	}
	if err != nil {
		// Who may not ask who he is may still do all the rest; that AWS
		// denies this is unheard of.
		return []Finding{found("sts:GetCallerIdentity", Failed, account.Explain(err, a, region, "sts:GetCallerIdentity").Error(), nil)}
	}
	out := []Finding{found("sts:GetCallerIdentity", Allowed, aws.ToString(who.Arn), nil)}
	p := &prober{conf: conf, account: a.ID, queue: a.Queue}
	if purpose == account.Act {
		p.lookForInstance(ctx)
	}
	tried := make([]Finding, len(needs))
	var wg sync.WaitGroup
	gate := make(chan struct{}, atOnce)
	for i, n := range needs {
		wg.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			state, text := p.try(ctx, n, a, region)
			tried[i] = found(n.Permission, state, text, n.For)
		})
	}
	wg.Wait()
	return append(out, tried...)
}

// try returns what comes of asking for one permission.
func (p *prober) try(ctx context.Context, n Need, a account.Account, region string) (State, string) {
	probe, ok := probes[n.Permission]
	if !ok {
		return Untried, "AWS has no dry run for it"
	}
	err := probe.call(p, ctx)
	var why untried
	if errors.As(err, &why) {
		return Untried, string(why)
	}
	if err == nil || allows(err, probe.answers) {
		return Allowed, ""
	}
	explained := account.Explain(err, a, region, n.Permission)
	if errors.Is(explained, account.ErrDenied) {
		return Missing, explained.Error()
	}
	return Unknown, explained.Error()
}

// untried says why there was nothing to ask about.
type untried string

func (u untried) Error() string { return string(u) }

// allows reports whether a refusal is one that only those get to hear who may.
func allows(err error, answers []string) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, code := range append([]string{"DryRunOperation"}, answers...) {
		if api.ErrorCode() == code {
			return true
		}
	}
	return false
}

// Words returns a need's metrics and actions, the first few by name.
func Words(what []string) string {
	switch n := len(what); {
	case n == 0:
		return ""
	case n == 1:
		return what[0]
	case n == 2:
		return what[0] + " and " + what[1]
	default:
		return fmt.Sprintf("%s, %s and %d more", what[0], what[1], n-2)
	}
}
