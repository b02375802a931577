package ec2

import (
	"context"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{
	Scope: "ec2", IAM: "ec2", Version: "2016-11-15", XMLNS: "http://ec2.amazonaws.com/doc/2016-11-15/", EC2: true,
}

// api is EC2 on a world.
type api struct{ world *world.World }

// Register adds EC2's operations to mux.
func Register(mux *wire.Mux, w *world.World) {
	a := api{w}
	for name, op := range map[string]func(*wire.Request, world.Key) (wire.Answer, error){
		"DescribeInstances": a.describeInstances, "DescribeInstanceStatus": a.describeStatus, "RunInstances": a.run,
		"StartInstances": a.start, "StopInstances": a.stop, "RebootInstances": a.reboot, "TerminateInstances": a.terminate,
		"CreateTags": a.createTags, "DeleteTags": a.deleteTags, "DescribeTags": a.describeTags,
		"DescribeVolumes": a.describeVolumes, "DescribeAddresses": a.describeAddresses, "DescribeNatGateways": a.describeGateways,
		"DescribeRegions": a.describeRegions, "DescribeInstanceTypes": a.describeTypes, "DescribeSpotInstanceRequests": a.describeSpots,
	} {
		mux.Handle(service, name, func(_ context.Context, r *wire.Request) (wire.Answer, error) {
			return op(r, world.Key{Account: r.Caller.Account, Region: r.Region})
		})
	}
}

// may is permission to read, which no resource narrows, and the end of a dry run.
func (a api) may(r *wire.Request) error {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return err
	}
	return dry(r)
}

// dry is AWS's answer to a dry run that would have succeeded.
func dry(r *wire.Request) error {
	if !r.Bool("DryRun") {
		return r.Err()
	}
	return &wire.Error{Code: "DryRunOperation", Status: 412, Message: "Request would have succeeded, but DryRun flag is set."}
}

// keys are the condition keys of a resource with these tags.
func keys(tags map[string]string) map[string][]string {
	out := make(map[string][]string, 2*len(tags))
	for name, v := range tags {
		out["aws:ResourceTag/"+name], out["ec2:ResourceTag/"+name] = []string{v}, []string{v}
	}
	return out
}

// opt is a member that is left out when it is empty.
func opt(s string) any {
	if s == "" {
		return nil
	}
	return s
}
