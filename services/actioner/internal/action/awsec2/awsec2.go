package awsec2

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// every is how often the state is looked at.
const every = 3 * time.Second

var instanceID = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)

type operation string

const (
	stop   operation = "stop"
	start  operation = "start"
	reboot operation = "reboot"
	keep   operation = "keep"
)

type kind struct {
	at          awskit.Place
	do          operation
	loseAddress fill.Template
	days        int
}

// New reads the block of one action.
func New(m *node.Map, d action.Deps) action.Kind {
	m.Required("operation")
	k := &kind{at: awskit.Read(m, d, "instance_id", instanceID), do: operation(m.OneOf("operation", string(stop), string(start), string(reboot), string(keep))),
		loseAddress: awskit.Template(m, "lose_address"), days: m.Int("days", 7, 1, 365)}
	if m.Has("days") && k.do != keep {
		m.FailAt("days", "belongs to operation: keep")
	}
	if m.Has("lose_address") && k.do != stop {
		m.FailAt("lose_address", "belongs to operation: stop")
	}
	return k
}

// HasToken: states are absolute; only a reboot done twice is two reboots.
func (k *kind) HasToken() bool { return k.do != reboot }

// Checks says what check looks at.
func (k *kind) Checks() []string {
	switch k.do {
	case keep:
		return nil
	case stop:
		return append([]string{"running, not in an Auto Scaling group, and can be started again"}, awskit.Checks()...)
	}
	return awskit.Checks()
}

// Places are those of the block's defaults.
func (k *kind) Places() []fill.Ref { return k.at.Places() }

func (k *kind) Plan(v fill.Values) (string, error) {
	a, region, id, err := k.at.Where(v)
	if err != nil {
		return "", err
	}
	verb := map[operation]string{stop: "Stop", start: "Start", reboot: "Reboot", keep: "Keep"}[k.do]
	text := fmt.Sprintf("%s the EC2 instance %s %s", verb, id, awskit.Words(a, region))
	if k.do == keep {
		text += fmt.Sprintf(" as it is for %d days", k.days)
	}
	return text, nil
}

// DryRun looks at the instance and asks AWS whether it would.
func (k *kind) DryRun(ctx context.Context, c action.Call) (action.Result, error) {
	s, i, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	if err := k.order(ctx, s, c, true); err != nil {
		return action.Result{}, err
	}
	return action.Result{Text: fmt.Sprintf("%s is %s now%s, and AWS would allow it", i, i.StateName(), costs(s, i)), Resource: s.Resource()}, nil
}

func (k *kind) Run(ctx context.Context, c action.Call) (action.Result, error) {
	s, i, err := k.look(ctx, c)
	if err != nil {
		return action.Result{}, err
	}
	if !(c.Again && k.under(i)) {
		if err := k.order(ctx, s, c, true); err != nil {
			return action.Result{}, err
		}
		if err := k.order(ctx, s, c, false); err != nil {
			return action.Result{}, err
		}
	}
	r := action.Result{Resource: s.Resource()}
	switch k.do {
	case reboot:
		r.Text = fmt.Sprintf("%s was told to reboot; it is back within a few minutes", i)
		return r, nil
	case keep:
		r.Text = fmt.Sprintf("%s is kept as it is until %s (tag %s)", i, k.until().Format("Mon 2 Jan 2006"), awskit.TagKeep)
		return r, nil
	}
	if i, err = k.settle(ctx, c, s, i); err != nil {
		return r, err
	}
	r.Text = fmt.Sprintf("%s is %s%s", i, i.StateName(), costs(s, i))
	if k.do == stop {
		r.SavingUSDPerHour = i.Price(s)
	}
	return r, nil
}

func costs(s *awskit.Session, i *awskit.Instance) string {
	return fmt.Sprintf(" (%s%s)", i.InstanceType, awskit.Saves(i.Price(s)))
}

// look reads the instance and refuses what may not be done to it as it is.
func (k *kind) look(ctx context.Context, c action.Call) (*awskit.Session, *awskit.Instance, error) {
	s, err := k.at.Open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	i, err := s.Instance(ctx, s.ID)
	if err != nil {
		return nil, nil, err
	}
	if c.Again && k.under(i) {
		return s, i, nil
	}
	return s, i, k.check(ctx, s, c, i)
}

// under reports whether what was asked for is there or under way.
func (k *kind) under(i *awskit.Instance) bool {
	switch k.do {
	case stop:
		return i.Is(types.InstanceStateNameStopping, types.InstanceStateNameStopped)
	case start:
		return i.Is(types.InstanceStateNamePending, types.InstanceStateNameRunning)
	}
	return false
}

// order calls the operation.
func (k *kind) order(ctx context.Context, s *awskit.Session, c action.Call, dry bool) error {
	client, ids := ec2.NewFromConfig(s.Config), []string{s.ID}
	var err error
	name := ""
	switch k.do {
	case stop:
		name = "ec2:StopInstances"
		_, err = client.StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: ids, DryRun: &dry})
	case start:
		name = "ec2:StartInstances"
		_, err = client.StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: ids, DryRun: &dry})
	case reboot:
		name = "ec2:RebootInstances"
		_, err = client.RebootInstances(ctx, &ec2.RebootInstancesInput{InstanceIds: ids, DryRun: &dry}, func(o *ec2.Options) {
			o.Retryer = aws.NopRetryer{} // a second try would be a second reboot
		})
	case keep:
		name = "ec2:CreateTags"
		_, err = client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: ids, DryRun: &dry,
			Tags: []types.Tag{{Key: aws.String(awskit.TagKeep), Value: aws.String(k.until().Format(time.DateOnly))}}})
	}
	if dry {
		return s.DryRun(err, name)
	}
	return s.Effect(err, name)
}

// until is the last day that is kept.
func (k *kind) until() time.Time { return time.Now().UTC().AddDate(0, 0, k.days) }

// settle waits for the final state.
func (k *kind) settle(ctx context.Context, c action.Call, s *awskit.Session, i *awskit.Instance) (*awskit.Instance, error) {
	want, never := types.InstanceStateNameStopped, []types.InstanceStateName{types.InstanceStateNameTerminated, types.InstanceStateNameShuttingDown}
	if k.do == start {
		// An instance that cannot start falls back to stopped.
		want, never = types.InstanceStateNameRunning, append(never, types.InstanceStateNameStopped, types.InstanceStateNameStopping)
	}
	begun := false
	_, err := awskit.Settle(ctx, c, i.String(), every, func(ctx context.Context) (awskit.State, error) {
		now, err := s.Instance(ctx, s.ID)
		if err != nil {
			return awskit.State{}, err
		}
		i = now
		begun = begun || k.under(now)
		words := now.StateName()
		if why := strings.TrimSpace(aws.ToString(now.StateTransitionReason)); begun && now.Is(never...) && why != "" {
			words += " (" + why + ")"
		}
		return awskit.State{Words: words, Done: now.Is(want), Never: begun && now.Is(never...)}, nil
	})
	return i, err
}
