package awskit

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
	"github.com/parley-ops/parley/services/internal/account"
)

// Place is which resource of which account an action is about.
type Place struct {
	deps            action.Deps
	account, region fill.Template
	what            string
	id              fill.Template
	shape           *regexp.Regexp
	implied         []fill.Ref
}

// Read reads the fields account, region and what (the resource's id) of a
// block; what is missing is the parameter of the same name. shape is what the
// id must look like.
func Read(m *node.Map, d action.Deps, what string, shape *regexp.Regexp) Place {
	p := Place{deps: d, what: what, shape: shape}
	p.account, p.region, p.id = p.field(m, "account"), p.field(m, "region"), p.field(m, what)
	return p
}

func (p *Place) field(m *node.Map, key string) fill.Template {
	if !m.Has(key) {
		r := fill.Ref{Scope: fill.Parameters, Name: key}
		p.implied = append(p.implied, r)
		t, _ := fill.Parse(r.String()) // a name of ours: cannot fail
		return t
	}
	return Template(m, key)
}

// Template reads a template of a block.
func Template(m *node.Map, key string) fill.Template {
	t, err := fill.Parse(m.Text(key))
	if err != nil {
		m.FailAt(key, "%v", err)
	}
	return t
}

// Places returns the places that the block did not spell out.
func (p Place) Places() []fill.Ref { return p.implied }

var (
	accountShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	regionShape  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
)

// Where returns the account, region and id for values, checked in form only.
// Errors are for people.
func (p Place) Where(v fill.Values) (account, region, id string, err error) {
	read := func(what string, t fill.Template, shape *regexp.Regexp) string {
		text, fault := t.Fill(v, nil)
		if fault == nil && !shape.MatchString(text) {
			fault = fmt.Errorf("%q is no %s", text, strings.ReplaceAll(what, "_", " "))
		}
		err = errors.Join(err, fault)
		return text
	}
	account, region = read("account", p.account, accountShape), read("region", p.region, regionShape)
	return account, region, read(p.what, p.id, p.shape), err
}

// Words returns where it is, for a plan: "of account shop in eu-west-1".
func Words(account, region string) string { return "of account " + account + " in " + region }

// Session is one resource with the way to it.
type Session struct {
	Account account.Account
	Region  string
	ID      string
	Config  aws.Config
}

// Open checks the place against the accounts there are and opens the way in,
// under the action role.
func (p Place) Open(ctx context.Context, c action.Call) (*Session, error) {
	name, region, id, err := p.Where(c.Values)
	if err != nil {
		return nil, action.Refused(err.Error())
	}
	if p.deps.Accounts == nil {
		return nil, action.Refused("no AWS account is configured; see --aws-accounts")
	}
	a, ok := p.deps.Accounts.Get(name)
	if !ok {
		// That of the process's own credentials has no id until AWS says it.
		if _, err := p.deps.Accounts.Resolve(ctx); err != nil {
			return nil, action.NotDone(err.Error(), nil)
		}
		if a, err = p.deps.Accounts.Find(name); err != nil {
			return nil, action.Refused(err.Error() + ": nothing is done in accounts that are not configured (--aws-accounts)")
		}
	}
	if a.ActionRole == "" {
		return nil, action.Refused(fmt.Sprintf("account %s is watched, and not configured for actions: give it an action_role in the accounts file (deploy/aws has the role)", a))
	}
	if len(a.Regions) > 0 && !slices.Contains(a.Regions, region) {
		return nil, action.Refused(fmt.Sprintf("account %s has no region %s configured; it has %s", a, region, strings.Join(a.Regions, ", ")))
	}
	conf, err := p.deps.Accounts.AWS(ctx, a, region, account.Act, c.Session)
	s := &Session{Account: a, Region: region, ID: id, Config: conf}
	if err != nil {
		return nil, s.Before(err, "sts:AssumeRole")
	}
	return s, nil
}

// Resource names the resource among all accounts: "444455556666/eu-west-1/i-0a1".
func (s *Session) Resource() string { return s.Named(s.ID) }

// Named is Resource of another id in the same account and region.
func (s *Session) Named(id string) string { return s.Account.ID + "/" + s.Region + "/" + id }

// String returns where it is, for people: "account shop (111122223333), eu-west-1".
func (s *Session) String() string { return "account " + s.Account.String() + ", " + s.Region }
