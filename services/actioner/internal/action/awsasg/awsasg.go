package awsasg

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
	"github.com/parley-ops/parley/services/internal/price"
)

// every is how often the group is looked at.
const every = 5 * time.Second

// Source: API reference of Auto Scaling, "AutoScalingGroupName", less control
// characters and what means something to people who read it.
var groupName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._:/+=@-]{0,254}$`)

type kind struct {
	at       awskit.Place
	capacity fill.Template
	absolute bool
}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	m.Required("capacity")
	k := &kind{at: awskit.Read(m, d, "group", groupName), capacity: awskit.Template(m, "capacity")}
	if m != nil && len(k.capacity.Refs()) == 0 {
		a, err := awskit.ParseAmount(k.capacity.String())
		if err != nil {
			m.FailAt("capacity", "%v", err)
		}
		k.absolute = !a.Relative()
	}
	return k
}

// HasToken: a number is absolute; what a parameter will be is not known here.
func (k *kind) HasToken() bool { return k.absolute }

// Checks are those of every resource.
func (k *kind) Checks() []string { return awskit.Checks() }

// Scales: it heeds the bounds of a run.
func (k *kind) Scales() {}

// Places are those of the block's defaults.
func (k *kind) Places() []fill.Ref { return k.at.Places() }

func (k *kind) amount(v fill.Values) (awskit.Amount, error) {
	text, err := k.capacity.Fill(v, nil)
	if err != nil {
		return awskit.Amount{}, err
	}
	return awskit.ParseAmount(text)
}

func (k *kind) Plan(v fill.Values) (string, error) {
	a, region, group, err := k.at.Where(v)
	if err != nil {
		return "", err
	}
	by, err := k.amount(v)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Scale the Auto Scaling group %s %s %s", group, awskit.Words(a, region), by.Words()), nil
}

// DryRun reads the group and says what it would be.
func (k *kind) DryRun(ctx context.Context, c action.Call) (action.Result, error) {
	s, g, want, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{Text: fmt.Sprintf("%s would go from %d to %d instances", name(g), desired(g), want), Resource: s.Resource()}, nil
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	s, g, want, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	before := desired(g)
	if before != want {
		_, err := autoscaling.NewFromConfig(s.Config).SetDesiredCapacity(ctx, &autoscaling.SetDesiredCapacityInput{
			AutoScalingGroupName: &s.ID, DesiredCapacity: aws.Int32(int32(want)), HonorCooldown: aws.Bool(false)})
		if err := s.Effect(err, "autoscaling:SetDesiredCapacity"); err != nil {
			return action.Result{}, err
		}
	}
	r := action.Result{Resource: s.Resource(), SavingUSDPerHour: saving(s, g, before-want)}
	_, err = awskit.Settle(ctx, c, name(g), every, func(ctx context.Context) (awskit.State, error) {
		now, err := read(ctx, s)
		if err != nil {
			return awskit.State{}, err
		}
		in := 0
		for _, i := range now.Instances {
			if i.LifecycleState == types.LifecycleStateInService {
				in++
			}
		}
		return awskit.State{Words: fmt.Sprintf("at %d of %d instances in service", in, want), Done: desired(now) == want && in == want && len(now.Instances) == want}, nil
	})
	if err != nil {
		return r, err
	}
	r.Text = fmt.Sprintf("%s went from %d to %d instances, all in service", name(g), before, want)
	if c.Again && before == want {
		r.Text = fmt.Sprintf("%s has %d instances, all in service", name(g), want)
	}
	return r, nil
}

// look reads the group and refuses what may not be done to it as it is.
func (k *kind) look(ctx context.Context, c action.Call) (*awskit.Session, *types.AutoScalingGroup, int, error) {
	by, err := k.amount(c.Values)
	if err != nil {
		return nil, nil, 0, action.Refused(err.Error())
	}
	s, err := k.at.Open(ctx, c)
	if err != nil {
		return nil, nil, 0, err
	}
	g, err := read(ctx, s)
	if err != nil {
		return nil, nil, 0, err
	}
	now := desired(g)
	want := by.Of(now)
	return s, g, want, check(s, c, g, now, want)
}

func check(s *awskit.Session, c action.Call, g *types.AutoScalingGroup, now, want int) error {
	tags := map[string]string{}
	for _, t := range g.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	if err := s.Guard(c, name(g), tags, time.Now()); err != nil {
		return err
	}
	least, most := int(aws.ToInt32(g.MinSize)), int(aws.ToInt32(g.MaxSize))
	switch {
	case g.Status != nil:
		return action.Refused(fmt.Sprintf("%s is being deleted (%s)", name(g), *g.Status))
	case now == want && !c.Again:
		return action.Refused(fmt.Sprintf("%s is at %d instances already; nothing was done", name(g), now))
	case want < least || want > most:
		return action.Refused(fmt.Sprintf("%s would go from %d to %d instances, and its own bounds are %d to %d", name(g), now, want, least, most))
	}
	return awskit.Bounded(c, name(g), "instances", now, want)
}

func read(ctx context.Context, s *awskit.Session) (*types.AutoScalingGroup, error) {
	out, err := autoscaling.NewFromConfig(s.Config).DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{s.ID}})
	if err != nil {
		return nil, s.Before(err, "autoscaling:DescribeAutoScalingGroups")
	}
	for i, g := range out.AutoScalingGroups {
		if aws.ToString(g.AutoScalingGroupName) == s.ID && g.DesiredCapacity != nil {
			return &out.AutoScalingGroups[i], nil
		}
	}
	return nil, action.Refused(fmt.Sprintf("there is no Auto Scaling group %s in %s (any more)", s.ID, s))
}

func name(g *types.AutoScalingGroup) string {
	return "the group " + aws.ToString(g.AutoScalingGroupName)
}

func desired(g *types.AutoScalingGroup) int { return int(aws.ToInt32(g.DesiredCapacity)) }

// saving is what that many instances fewer save, if all are of one type whose
// price is known.
func saving(s *awskit.Session, g *types.AutoScalingGroup, fewer int) float64 {
	if fewer <= 0 || len(g.Instances) == 0 || g.MixedInstancesPolicy != nil {
		return 0
	}
	of := aws.ToString(g.Instances[0].InstanceType)
	for _, i := range g.Instances {
		if aws.ToString(i.InstanceType) != of {
			return 0
		}
	}
	usd, _ := price.EC2(s.Region, of)
	return usd * float64(fewer)
}
