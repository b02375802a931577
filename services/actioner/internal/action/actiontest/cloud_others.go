package actiontest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

func (c *Cloud) rds(form url.Values) *http.Response {
	d, operation := c.Database, form.Get("Action")
	if c.Deny == operation {
		return xmlFault(403, "AccessDenied", "User is not authorized to perform: rds:"+operation)
	}
	if id := form.Get("DBInstanceIdentifier"); d == nil || id != "" && id != d.ID {
		return xmlFault(404, "DBInstanceNotFound", "DBInstance "+id+" not found.")
	}
	state := moved(&d.State, &d.Then, d.At)
	switch operation {
	case "StopDBInstance", "StartDBInstance":
		c.did("%s %s", operation, d.ID)
		want, via, then := "available", "stopping", "stopped"
		if operation == "StartDBInstance" {
			want, via, then = "stopped", "starting", "available"
		}
		if state != want {
			return xmlFault(400, "InvalidDBInstanceState", "Instance "+d.ID+" is not in "+want+" state.")
		}
		d.State, d.Then, d.At = via, then, time.Now().Add(4*time.Minute)
		return Answer(200, "<"+operation+"Response><"+operation+"Result/></"+operation+"Response>")
	}
	var more string
	if d.Cluster != "" {
		more += "<DBClusterIdentifier>" + d.Cluster + "</DBClusterIdentifier>"
	}
	if d.Replica != "" {
		more += "<ReadReplicaDBInstanceIdentifiers><ReadReplicaDBInstanceIdentifier>" + d.Replica + "</ReadReplicaDBInstanceIdentifier></ReadReplicaDBInstanceIdentifiers>"
	}
	return Answer(200, fmt.Sprintf("<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceIdentifier>%s</DBInstanceIdentifier><DBInstanceStatus>%s</DBInstanceStatus><DBInstanceClass>db.m5.large</DBInstanceClass><Engine>postgres</Engine><MultiAZ>false</MultiAZ>%s%s</DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>",
		d.ID, state, more, xmlTags(d.Tags, "TagList", "Tag")))
}

func (c *Cloud) ecs(operation string, in map[string]any) *http.Response {
	s := c.Service
	if s == nil || in["cluster"] != s.Cluster {
		return jsonFault(400, "ClusterNotFoundException", "Cluster not found.")
	}
	if operation == "UpdateService" {
		if n, ok := in["desiredCount"].(float64); ok {
			s.Count = int(n)
		}
		c.did("UpdateService force=%v count=%v", in["forceNewDeployment"] == true, in["desiredCount"])
		s.At = time.Now().Add(30 * time.Second)
		return jsonAnswer(map[string]any{"service": map[string]any{}})
	}
	list, _ := in["services"].([]any)
	if len(list) != 1 || list[0] != s.Name {
		return jsonAnswer(map[string]any{"services": []any{}, "failures": []any{map[string]any{"reason": "MISSING"}}})
	}
	tags := []any{}
	for _, k := range slices.Sorted(maps.Keys(s.Tags)) {
		tags = append(tags, map[string]any{"key": k, "value": s.Tags[k]})
	}
	deployments, running, rollout := []any{}, s.Count, "COMPLETED"
	if time.Now().Before(s.At) {
		running, rollout = 0, "IN_PROGRESS"
		deployments = append(deployments, map[string]any{"status": "ACTIVE", "runningCount": 1})
	} else if s.Rollout != "" {
		rollout = s.Rollout
	}
	deployments = append(deployments, map[string]any{"status": "PRIMARY", "runningCount": running, "rolloutState": rollout, "rolloutStateReason": "tasks failed to start"})
	return jsonAnswer(map[string]any{"services": []any{map[string]any{"serviceName": s.Name, "status": "ACTIVE", "desiredCount": s.Count, "runningCount": running,
		"schedulingStrategy": s.Strategy, "tags": tags, "deployments": deployments}}})
}

func (c *Cloud) ssm(operation string, in map[string]any) *http.Response {
	status := c.Command
	if status == "" {
		status = "Success"
	}
	switch operation {
	case "SendCommand":
		c.did("SendCommand %v on %v with %v", in["DocumentName"], in["InstanceIds"], in["Parameters"])
		return jsonAnswer(map[string]any{"Command": map[string]any{"CommandId": "c-1"}})
	case "GetCommandInvocation":
		return jsonAnswer(map[string]any{"Status": status, "StandardOutputContent": "all is\nwell", "StandardErrorContent": "disk is full"})
	case "StartAutomationExecution":
		if c.seen == nil {
			c.seen = map[string]bool{}
		}
		if token := fmt.Sprint(in["ClientToken"]); !c.seen[token] {
			c.seen[token] = true
			c.did("StartAutomationExecution %v", in["DocumentName"])
		}
		return jsonAnswer(map[string]any{"AutomationExecutionId": "e-1"})
	}
	return jsonAnswer(map[string]any{"AutomationExecution": map[string]any{"AutomationExecutionStatus": status, "FailureMessage": "step 2 failed"}})
}

func (c *Cloud) lambda(r *http.Request, payload []byte) *http.Response {
	name := strings.Split(r.URL.Path, "/")
	if c.Deny == "Invoke" {
		return lambdaFault(403, "AccessDeniedException", "User is not authorized to perform: lambda:InvokeFunction")
	}
	if c.Function == nil || len(name) < 4 || !strings.HasPrefix(name[3], "parley-") {
		return lambdaFault(404, "ResourceNotFoundException", "Function not found: "+r.URL.Path)
	}
	if r.Header.Get("X-Amz-Invocation-Type") == "DryRun" {
		return Answer(204, "")
	}
	c.did("Invoke %s %s", name[3], payload)
	status, fault, answer := c.Function(payload)
	resp := Answer(status, answer)
	if fault != "" {
		resp.Header.Set("X-Amz-Function-Error", fault)
	}
	return resp
}

func lambdaFault(status int, code, message string) *http.Response {
	resp := Answer(status, fmt.Sprintf(`{"Type":"User","Message":%q}`, message))
	resp.Header.Set("X-Amzn-Errortype", code)
	return resp
}
