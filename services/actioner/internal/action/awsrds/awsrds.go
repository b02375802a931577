package awsrds

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
	"github.com/parley-ops/parley/services/internal/price"
)

// every is how often the state is looked at.
const every = 10 * time.Second

// Source: API reference of RDS, "DBInstanceIdentifier".
var identifier = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,62}$`)

type kind struct {
	at   awskit.Place
	stop bool
}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	m.Required("operation")
	return &kind{at: awskit.Read(m, d, "database", identifier), stop: m.OneOf("operation", "stop", "start") == "stop"}
}

// HasToken: both states are absolute.
func (k *kind) HasToken() bool { return true }

// Checks are those of every resource.
func (k *kind) Checks() []string { return awskit.Checks() }

// Places are those of the block's defaults.
func (k *kind) Places() []fill.Ref { return k.at.Places() }

func (k *kind) verb() string {
	if k.stop {
		return "stop"
	}
	return "start"
}

func (k *kind) Plan(v fill.Values) (string, error) {
	a, region, id, err := k.at.Where(v)
	if err != nil {
		return "", err
	}
	if k.stop {
		return fmt.Sprintf("Stop the database %s %s; RDS starts it again by itself after seven days", id, awskit.Words(a, region)), nil
	}
	return fmt.Sprintf("Start the database %s %s", id, awskit.Words(a, region)), nil
}

// DryRun reads the database.
func (k *kind) DryRun(ctx context.Context, c action.Call) (action.Result, error) {
	s, d, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{Text: fmt.Sprintf("%s is %s now (%s%s)", name(d), state(d), aws.ToString(d.DBInstanceClass), awskit.Saves(cost(s, d))), Resource: s.Resource()}, nil
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	s, d, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	if !(c.Again && k.under(d)) {
		if err := k.order(ctx, s); err != nil {
			return action.Result{}, err
		}
	}
	r := action.Result{Resource: s.Resource()}
	want, begun := map[bool]string{true: "stopped", false: "available"}[k.stop], false
	_, err = awskit.Settle(ctx, c, name(d), every, func(ctx context.Context) (awskit.State, error) {
		now, err := read(ctx, s)
		if err != nil {
			return awskit.State{}, err
		}
		begun = begun || k.under(now)
		fell := map[bool]string{true: "available", false: "stopped"}[k.stop]
		return awskit.State{Words: state(now), Done: state(now) == want, Never: begun && state(now) == fell || state(now) == "failed"}, nil
	})
	if err != nil {
		return r, err
	}
	r.Text = fmt.Sprintf("%s is %s (%s%s)", name(d), want, aws.ToString(d.DBInstanceClass), awskit.Saves(cost(s, d)))
	if k.stop {
		r.Text += "; its storage is still paid for, and RDS starts it again by itself after seven days"
		r.SavingUSDPerHour = cost(s, d)
	}
	return r, nil
}

func (k *kind) order(ctx context.Context, s *awskit.Session) error {
	client := rds.NewFromConfig(s.Config)
	if k.stop {
		_, err := client.StopDBInstance(ctx, &rds.StopDBInstanceInput{DBInstanceIdentifier: &s.ID})
		return s.Effect(err, "rds:StopDBInstance")
	}
	_, err := client.StartDBInstance(ctx, &rds.StartDBInstanceInput{DBInstanceIdentifier: &s.ID})
	return s.Effect(err, "rds:StartDBInstance")
}

// under reports whether what was asked for is there or under way.
func (k *kind) under(d *types.DBInstance) bool {
	if k.stop {
		return slices.Contains([]string{"stopping", "stopped"}, state(d))
	}
	// Between starting and available RDS may configure things.
	return slices.Contains([]string{"starting", "available", "configuring-enhanced-monitoring", "backing-up"}, state(d))
}

// look reads the database and refuses what may not be done to it as it is.
func (k *kind) look(ctx context.Context, c action.Call) (*awskit.Session, *types.DBInstance, error) {
	s, err := k.at.Open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	d, err := read(ctx, s)
	if err != nil || c.Again && k.under(d) {
		return s, d, err
	}
	return s, d, k.check(s, c, d)
}

func (k *kind) check(s *awskit.Session, c action.Call, d *types.DBInstance) error {
	tags := map[string]string{}
	for _, t := range d.TagList {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	from := map[bool]string{true: "available", false: "stopped"}[k.stop]
	switch {
	case aws.ToString(d.DBClusterIdentifier) != "":
		return action.Refused(fmt.Sprintf("%s belongs to the cluster %s: AWS stops and starts only the whole of it", name(d), aws.ToString(d.DBClusterIdentifier)))
	case k.stop && len(d.ReadReplicaDBInstanceIdentifiers) > 0:
		return action.Refused(fmt.Sprintf("%s has read replicas (%s): AWS cannot stop it", name(d), d.ReadReplicaDBInstanceIdentifiers[0]))
	case aws.ToString(d.ReadReplicaSourceDBInstanceIdentifier) != "":
		return action.Refused(fmt.Sprintf("%s is a read replica: AWS cannot %s it", name(d), k.verb()))
	}
	if err := s.Guard(c, name(d), tags, time.Now()); err != nil {
		return err
	}
	switch {
	case k.under(d):
		return action.Refused(fmt.Sprintf("%s is %s already, not by this run; nothing was done", name(d), state(d)))
	case state(d) != from:
		return action.NotDone(fmt.Sprintf("%s is %s: it has to be %s to be told to %s", name(d), state(d), from, k.verb()), nil)
	}
	if shown := c.Values[fill.Labels]["db_instance_class"]; shown != "" && shown != aws.ToString(d.DBInstanceClass) {
		return action.Refused(fmt.Sprintf("%s is of class %s now, and was of class %s when the message was written; look again and ask anew", name(d), aws.ToString(d.DBInstanceClass), shown))
	}
	return nil
}

func read(ctx context.Context, s *awskit.Session) (*types.DBInstance, error) {
	out, err := rds.NewFromConfig(s.Config).DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &s.ID})
	if err != nil && awskit.Code(err) != "DBInstanceNotFound" && awskit.Code(err) != "DBInstanceNotFoundFault" {
		return nil, s.Before(err, "rds:DescribeDBInstances")
	}
	if out != nil {
		for i := range out.DBInstances {
			if aws.ToString(out.DBInstances[i].DBInstanceIdentifier) == s.ID && out.DBInstances[i].DBInstanceStatus != nil {
				return &out.DBInstances[i], nil
			}
		}
	}
	return nil, action.Refused(fmt.Sprintf("there is no database %s in %s (any more)", s.ID, s))
}

func name(d *types.DBInstance) string  { return "the database " + aws.ToString(d.DBInstanceIdentifier) }
func state(d *types.DBInstance) string { return aws.ToString(d.DBInstanceStatus) }

func cost(s *awskit.Session, d *types.DBInstance) float64 {
	usd, _ := price.RDS(s.Region, aws.ToString(d.DBInstanceClass), aws.ToString(d.Engine), aws.ToBool(d.MultiAZ))
	return usd
}
