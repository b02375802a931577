package ssm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{Scope: "ssm", IAM: "ssm", Target: "AmazonSSM"}

// api is Systems Manager on a world.
type api struct{ world *world.World }

// Register adds Systems Manager's operations to mux.
func Register(mux *wire.Mux, w *world.World) {
	a := api{w}
	for name, op := range map[string]func(*wire.Request, world.Key) (wire.Answer, error){
		"SendCommand": a.send, "GetCommandInvocation": a.get, "ListCommandInvocations": a.list,
		"StartAutomationExecution": a.start, "GetAutomationExecution": a.execution,
	} {
		mux.Handle(service, name, func(_ context.Context, r *wire.Request) (wire.Answer, error) {
			return op(r, world.Key{Account: r.Caller.Account, Region: r.Region})
		})
	}
}

// documentARN is a document's; those of AWS belong to no account.
func documentARN(k world.Key, kind, name string) string {
	account := k.Account
	if strings.HasPrefix(name, "AWS-") {
		account = ""
	}
	return fmt.Sprintf("arn:aws:ssm:%s:%s:%s/%s", k.Region, account, kind, name)
}

func keys(tags map[string]string) map[string][]string {
	out := map[string][]string{}
	for name, v := range tags {
		out["aws:ResourceTag/"+name], out["ssm:resourceTag/"+name] = []string{v}, []string{v}
	}
	return out
}

// targets are the instances of InstanceIds and of Targets (by id or tag).
func (a api) targets(r *wire.Request, k world.Key) []string {
	ids := r.Texts("InstanceIds")
	for _, t := range r.List("Targets") {
		key, values := t.Text("Key"), t.Texts("Values")
		if key == "InstanceIds" {
			ids = append(ids, values...)
			continue
		}
		name, ok := strings.CutPrefix(key, "tag:")
		for _, i := range a.world.Instances(k) {
			if v, has := i.Tags[name]; ok && has && i.State == "running" && slices.Contains(values, v) {
				ids = append(ids, i.ID)
			}
		}
	}
	return ids
}

func (a api) send(r *wire.Request, k world.Key) (wire.Answer, error) {
	document, ids := r.Text("DocumentName"), a.targets(r, k)
	switch {
	case r.Err() != nil:
		return nil, r.Err()
	case document == "":
		return nil, wire.Errorf("ValidationException", "DocumentName is required")
	case len(ids) > 50:
		return nil, wire.Errorf("ValidationException", "At most 50 instances can be given; use Targets.")
	}
	if err := a.world.Authorize(r, documentARN(k, "document", document), nil); err != nil {
		return nil, err
	}
	tags := map[string]map[string]string{}
	for _, i := range a.world.Instances(k) {
		tags[i.ID] = i.Tags
	}
	for _, id := range ids {
		if err := a.world.Authorize(r, "arn:aws:ec2:"+k.Region+":"+k.Account+":instance/"+id, keys(tags[id])); err != nil {
			return nil, err
		}
	}
	r.Touch(append([]string{document}, ids...)...)
	c, err := a.world.SendCommand(k, document, r.Text("Comment"), ids)
	if err != nil {
		return nil, err
	}
	return wire.Map{"Command": wire.Map{
		"CommandId": c.ID, "DocumentName": c.Document, "Comment": c.Comment, "Status": "Pending", "StatusDetails": "Pending",
		"RequestedDateTime": c.Requested, "InstanceIds": c.Instances, "TargetCount": len(c.Instances), "CompletedCount": 0, "ErrorCount": 0,
	}}, nil
}

// invocation is a command on one instance as of now.
func (a api) invocation(c world.Command, id string) wire.Map {
	status := c.Status(a.world.Now())
	m := wire.Map{
		"CommandId": c.ID, "InstanceId": id, "DocumentName": c.Document, "Comment": c.Comment, "Status": status, "StatusDetails": status,
		"ResponseCode": -1, "StandardOutputContent": "", "StandardErrorContent": "",
	}
	switch status {
	case "Success":
		m["ResponseCode"], m["StandardOutputContent"] = 0, c.Document+" is done on "+id+".\n"
	case "Failed":
		m["ResponseCode"], m["StandardErrorContent"] = 1, c.Document+" failed on "+id+": exit status 1\n"
	}
	return m
}

func (a api) get(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	for _, c := range a.world.Commands(k) {
		if id := r.Text("InstanceId"); c.ID == r.Text("CommandId") && slices.Contains(c.Instances, id) {
			m := a.invocation(c, id)
			m["ExecutionStartDateTime"] = c.Requested.Format("2006-01-02T15:04:05.000Z")
			if m["ResponseCode"] != -1 {
				m["ExecutionEndDateTime"] = c.Requested.Add(world.CommandTakes).Format("2006-01-02T15:04:05.000Z")
			}
			return m, nil
		}
	}
	return nil, wire.Errorf("InvocationDoesNotExist", "The command %s was not sent to %s.", r.Text("CommandId"), r.Text("InstanceId"))
}

func (a api) list(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	out, id, instance := wire.List{}, r.Text("CommandId"), r.Text("InstanceId")
	for _, c := range slices.Backward(a.world.Commands(k)) {
		for _, on := range c.Instances {
			if (id == "" || id == c.ID) && (instance == "" || instance == on) && len(out) < 50 {
				m := a.invocation(c, on)
				m["RequestedDateTime"] = c.Requested
				out = append(out, m)
			}
		}
	}
	return wire.Map{"CommandInvocations": out}, nil
}

func (a api) start(r *wire.Request, k world.Key) (wire.Answer, error) {
	document := r.Text("DocumentName")
	parameters := map[string]string{}
	for _, name := range r.Get("Parameters").Names() {
		parameters[name] = strings.Join(r.Get("Parameters").Texts(name), ",")
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if err := a.world.Authorize(r, documentARN(k, "automation-definition", document)+":$DEFAULT", nil); err != nil {
		return nil, err
	}
	r.Touch(document)
	run, err := a.world.StartAutomation(k, document, r.Caller.ARN, r.Text("ClientToken"), parameters)
	if err != nil {
		return nil, err
	}
	return wire.Map{"AutomationExecutionId": run.ID}, nil
}

func (a api) execution(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	now := a.world.Now()
	for _, run := range a.world.Automations(k) {
		if run.ID != r.Text("AutomationExecutionId") {
			continue
		}
		m := wire.Map{
			"AutomationExecutionId": run.ID, "DocumentName": run.Document, "DocumentVersion": "1", "ExecutedBy": run.By,
			"AutomationExecutionStatus": run.Status(now), "ExecutionStartTime": run.Started, "Mode": "Auto",
		}
		switch run.Status(now) {
		case "Failed":
			m["FailureMessage"] = "Step fails when it is Execute/Cancelling action. " + run.Document + " always does."
			fallthrough
		case "Success":
			m["ExecutionEndTime"] = run.Started.Add(world.AutomationTakes)
		}
		return wire.Map{"AutomationExecution": m}, nil
	}
	return nil, wire.Errorf("AutomationExecutionNotFoundException", "Automation execution %s does not exist.", r.Text("AutomationExecutionId"))
}
