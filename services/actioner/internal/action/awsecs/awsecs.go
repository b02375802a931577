package awsecs

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// every is how often the service is looked at.
const every = 5 * time.Second

// Source: API reference of ECS, "serviceName" and "clusterName".
var shape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

type kind struct {
	at       awskit.Place
	cluster  fill.Template
	implied  []fill.Ref
	redeploy bool
	count    fill.Template
	absolute bool
}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	m.Required("operation")
	k := &kind{at: awskit.Read(m, d, "service", shape), redeploy: m.OneOf("operation", "redeploy", "scale") == "redeploy",
		cluster: awskit.Template(m, "cluster"), count: awskit.Template(m, "count")}
	if k.cluster.Empty() {
		r := fill.Ref{Scope: fill.Parameters, Name: "cluster"}
		k.cluster, _ = fill.Parse(r.String())
		k.implied = append(k.implied, r)
	}
	switch {
	case m == nil:
	case k.redeploy != k.count.Empty():
		m.FailAt("count", "belongs to operation: scale, which needs it")
	case !k.redeploy && len(k.count.Refs()) == 0:
		a, err := awskit.ParseAmount(k.count.String())
		if err != nil {
			m.FailAt("count", "%v", err)
		}
		k.absolute = !a.Relative()
	}
	return k
}

// HasToken: only a count that is a number is absolute.
func (k *kind) HasToken() bool { return k.absolute }

// Checks are those of every resource.
func (k *kind) Checks() []string { return awskit.Checks() }

// Scales: it heeds the bounds of a run.
func (k *kind) Scales() {}

// Places are those of the block's defaults.
func (k *kind) Places() []fill.Ref { return append(k.at.Places(), k.implied...) }

// where returns the cluster and, for scale, the amount.
func (k *kind) where(v fill.Values) (cluster string, by awskit.Amount, err error) {
	if cluster, err = k.cluster.Fill(v, nil); err != nil {
		return "", by, err
	}
	if !shape.MatchString(cluster) {
		return "", by, fmt.Errorf("%q is no cluster", cluster)
	}
	if !k.redeploy {
		text, err := k.count.Fill(v, nil)
		if err != nil {
			return "", by, err
		}
		if by, err = awskit.ParseAmount(text); err != nil {
			return "", by, err
		}
	}
	return cluster, by, nil
}

func (k *kind) Plan(v fill.Values) (string, error) {
	a, region, service, err := k.at.Where(v)
	if err != nil {
		return "", err
	}
	cluster, by, err := k.where(v)
	if err != nil {
		return "", err
	}
	at := fmt.Sprintf("the ECS service %s in the cluster %s %s", service, cluster, awskit.Words(a, region))
	if k.redeploy {
		return "Deploy anew, as it is, " + at, nil
	}
	return "Scale " + at + " " + by.Words(), nil
}

// target is a service as it was found, and what is to become of it.
type target struct {
	*awskit.Session
	cluster string
	now     *types.Service
	want    int
}

func (t *target) String() string { return "the service " + t.cluster + "/" + t.ID }

func (t *target) resource() string { return t.Named(t.cluster + "/" + t.ID) }

// DryRun reads the service.
func (k *kind) DryRun(ctx context.Context, c action.Call) (action.Result, error) {
	t, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{Text: fmt.Sprintf("%s runs %d of %d tasks now", t, t.now.RunningCount, t.now.DesiredCount), Resource: t.resource()}, nil
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	t, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	before := int(t.now.DesiredCount)
	if k.redeploy || before != t.want {
		in := &ecs.UpdateServiceInput{Cluster: &t.cluster, Service: &t.ID}
		if k.redeploy {
			in.ForceNewDeployment = true
		} else {
			in.DesiredCount = aws.Int32(int32(t.want))
		}
		_, err := ecs.NewFromConfig(t.Config).UpdateService(ctx, in, func(o *ecs.Options) {
			if k.redeploy { // a second try would be a second deployment
				o.Retryer = aws.NopRetryer{}
			}
		})
		if err := t.Effect(err, "ecs:UpdateService"); err != nil {
			return action.Result{}, err
		}
	}
	r := action.Result{Resource: t.resource()}
	_, err = awskit.Settle(ctx, c, t.String(), every, func(ctx context.Context) (awskit.State, error) {
		now, err := read(ctx, t)
		if err != nil {
			return awskit.State{}, err
		}
		return settled(now, t.want), nil
	})
	if err != nil {
		return r, err
	}
	r.Text = fmt.Sprintf("%s was deployed anew: %d tasks run", t, t.want)
	if !k.redeploy {
		r.Text = fmt.Sprintf("%s went from %d to %d tasks, all running", t, before, t.want)
	}
	return r, nil
}

// settled reports whether one deployment is left and all its tasks run.
func settled(s *types.Service, want int) awskit.State {
	out := awskit.State{Words: fmt.Sprintf("at %d of %d tasks", s.RunningCount, want)}
	for _, d := range s.Deployments {
		if aws.ToString(d.Status) != "PRIMARY" {
			continue
		}
		if d.RolloutState == types.DeploymentRolloutStateFailed {
			out.Words, out.Never = "failing to deploy ("+awskit.Excerpt(aws.ToString(d.RolloutStateReason))+")", true
		}
		out.Done = len(s.Deployments) == 1 && int(d.RunningCount) == want && int(s.DesiredCount) == want &&
			(d.RolloutState == types.DeploymentRolloutStateCompleted || d.RolloutState == "")
	}
	return out
}

// look reads the service and refuses what may not be done to it as it is.
func (k *kind) look(ctx context.Context, c action.Call) (*target, error) {
	cluster, by, err := k.where(c.Values)
	if err != nil {
		return nil, action.Refused(err.Error())
	}
	s, err := k.at.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	t := &target{Session: s, cluster: cluster}
	if t.now, err = read(ctx, t); err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range t.now.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	if err := s.Guard(c, t.String(), tags, time.Now()); err != nil {
		return nil, err
	}
	now := int(t.now.DesiredCount)
	if t.want = now; k.redeploy {
		return t, nil
	}
	t.want = by.Of(now)
	switch {
	case t.now.SchedulingStrategy == types.SchedulingStrategyDaemon:
		return nil, action.Refused(fmt.Sprintf("%s runs one task on each machine: it has no count to set", t))
	case now == t.want && !c.Again:
		return nil, action.Refused(fmt.Sprintf("%s is at %d tasks already; nothing was done", t, now))
	}
	return t, awskit.Bounded(c, t.String(), "tasks", now, t.want)
}

func read(ctx context.Context, t *target) (*types.Service, error) {
	out, err := ecs.NewFromConfig(t.Config).DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &t.cluster, Services: []string{t.ID}, Include: []types.ServiceField{types.ServiceFieldTags}})
	if err != nil && awskit.Code(err) != "ClusterNotFoundException" {
		return nil, t.Before(err, "ecs:DescribeServices")
	}
	if out != nil {
		for i, s := range out.Services {
			if aws.ToString(s.ServiceName) == t.ID && aws.ToString(s.Status) == "ACTIVE" {
				return &out.Services[i], nil
			}
		}
	}
	return nil, action.Refused(fmt.Sprintf("there is no active service %s in the cluster %s of %s (any more)", t.ID, t.cluster, t.Session))
}
