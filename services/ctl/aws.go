package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/unit"
)

type awsCmd struct {
	AWS account.Config `embed:""`

	Doctor   awsDoctorCmd   `cmd:"" help:"Find out which permission is missing, and for what."`
	Accounts awsAccountsCmd `cmd:"" help:"List the AWS accounts that are configured."`
	Cost     awsCostCmd     `cmd:"" help:"Show what watching costs, by policy."`
}

// accounts returns those of [awsAccounts].
func (c *awsCmd) accounts(ctx context.Context) (*account.Set, []account.Account, error) {
	return awsAccounts(ctx, c.AWS)
}

// awsAccounts returns the accounts, with ids and regions if AWS answers; err says
// why it does not.
func awsAccounts(ctx context.Context, cfg account.Config) (set *account.Set, list []account.Account, err error) {
	if set, err = cfg.Load(os.LookupEnv); err != nil {
		return nil, nil, err
	}
	if len(set.Accounts()) == 0 {
		return nil, nil, &settingError{what: "no AWS account is configured", fix: "give the usual AWS settings (AWS_REGION, AWS_PROFILE …) or --aws-accounts FILE: deploy/aws/README.md"}
	}
	list, err = set.Resolve(ctx)
	return set, list, err
}

type awsAccountsCmd struct{}

// Help explains the command.
func (awsAccountsCmd) Help() string {
	return `Accounts are those of --aws-accounts FILE, or the one of the usual AWS
settings, or the sandbox's.

Examples:
  parley aws accounts
  parley aws accounts --aws-accounts deploy/aws/accounts.sample.yaml
  parley aws accounts --json | jq -r '.accounts[].id'`
}

// accountView is an account in JSON.
type accountView struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Team       string            `json:"team"`
	Regions    []string          `json:"regions"`
	Role       string            `json:"role,omitempty"`
	ActionRole string            `json:"action_role,omitempty"`
	Services   []string          `json:"services,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"`
	Linked     bool              `json:"linked"`
	FreeTier   bool              `json:"free_tier"`
	BudgetUSD  float64           `json:"budget_usd,omitempty"`
	Queue      string            `json:"queue,omitempty"`
	Sandbox    bool              `json:"sandbox"`
}

// Run lists them.
func (awsAccountsCmd) Run(ctx context.Context, all *commands, s *screen.Screen) error {
	ctx, cancel := context.WithTimeout(ctx, all.Timeout)
	defer cancel()
	set, list, err := all.AWS.accounts(ctx)
	if err != nil {
		return err
	}
	views := []accountView{}
	for _, a := range list {
		views = append(views, accountView{a.ID, a.Name, a.Team, a.Regions, a.Role, a.ActionRole, a.Services, a.Tags, a.Linked, a.FreeTier, a.Budget, a.Queue, set.Sandbox() != ""})
	}
	return s.Result(map[string]any{"accounts": views}, func() {
		if set.Sandbox() != "" {
			s.Line("The sandbox's, at " + set.Sandbox() + ": nothing is said of others.")
		}
		t := &screen.Table{Head: []string{"ACCOUNT", "NAME", "TEAM", "REGIONS", "READS AS", "ACTS AS", "BUDGET"}, Right: map[int]bool{6: true}, Flex: 3}
		for _, v := range views {
			budget := "-"
			if v.BudgetUSD > 0 {
				budget = usd(v.BudgetUSD) + " a month"
			}
			t.Row(screen.C(v.ID), screen.C(v.Name), screen.C(v.Team), screen.C(strings.Join(v.Regions, ", ")),
				screen.C(roleWord(v.Role, "own credentials")), screen.C(roleWord(v.ActionRole, "nothing is done")), screen.C(budget))
		}
		s.Table(t)
	})
}

// roleWord returns a role's name.
func roleWord(arn, otherwise string) string {
	if _, name, ok := strings.Cut(arn, ":role/"); ok {
		return name
	}
	return word(arn == "", otherwise, arn)
}

// usd returns dollars for people.
func usd(v float64) string {
	switch {
	case v != 0 && math.Abs(v) < 0.005:
		return "< $0.01"
	case math.Abs(v) < 1000:
		return fmt.Sprintf("$%.2f", v)
	}
	return unit.Format(v, "USD")
}
