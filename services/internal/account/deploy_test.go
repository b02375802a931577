package account

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const deploy = "../../../deploy/aws"

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(deploy, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// statements returns a policy's statements by their Sid, as plain values; an
// action or resource that stands alone is a list of one.
func statements(t *testing.T, list any) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for _, s := range list.([]any) {
		one := s.(map[string]any)
		for _, key := range []string{"Action", "Resource"} {
			if text, ok := one[key].(string); ok {
				one[key] = []any{text}
			}
		}
		sid := one["Sid"].(string)
		if _, twice := out[sid]; twice {
			t.Errorf("two statements are %s", sid)
		}
		out[sid] = one
	}
	return out
}

func policy(t *testing.T, name string) map[string]map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(readFile(t, "iam/"+name+".json")), &doc); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return statements(t, doc["Statement"])
}

// template returns a CloudFormation template's resources; what its functions
// take stands for them.
func template(t *testing.T, name string) map[string]any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(readFile(t, "cloudformation/"+name)), &doc); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return plain(doc.Content[0]).(map[string]any)
}

func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, plain(c))
		}
		return out
	}
	return strings.ReplaceAll(n.Value, "${AWS::Partition}", "aws")
}

func at(t *testing.T, v any, path ...string) any {
	t.Helper()
	for _, key := range path {
		if list, ok := v.([]any); ok {
			v = list[0]
		}
		m, ok := v.(map[string]any)
		if !ok || m[key] == nil {
			t.Fatalf("no %s in %v", key, v)
		}
		v = m[key]
	}
	return v
}

func actions(s map[string]any) (out []string) {
	for _, a := range s["Action"].([]any) {
		out = append(out, a.(string))
	}
	return out
}

func TestTheCollectorsRoleChangesNothing(t *testing.T) {
	t.Parallel()
	reads := regexp.MustCompile(`^[a-z0-9]+:(Describe|Get|List)[A-Za-z]+$`)
	secrets := regexp.MustCompile(`(?i)secret|password|parameter|getobject|getitem|messages?$|getfunction$`)
	n := 0
	for sid, s := range policy(t, "collector") {
		if s["Effect"] != "Allow" {
			t.Errorf("%s: %v", sid, s["Effect"])
		}
		for _, a := range actions(s) {
			n++
			if !reads.MatchString(a) || secrets.MatchString(a) {
				t.Errorf("%s: %s is more than reading of what there is", sid, a)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d actions", n)
	}
	// Taking an event from Parley's own queue is all that is no reading.
	for sid, s := range policy(t, "events") {
		if got := s["Resource"]; !reflect.DeepEqual(got, []any{"arn:aws:sqs:*:*:parley-events"}) {
			t.Errorf("%s is on %v", sid, got)
		}
		for _, a := range actions(s) {
			if !slices.Contains([]string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueUrl"}, a) {
				t.Errorf("%s: %s", sid, a)
			}
		}
	}
}

func TestTheActionRoleIsBound(t *testing.T) {
	t.Parallel()
	p := policy(t, "actions")
	reads := regexp.MustCompile(`^[a-z0-9]+:(Describe|Get|List)[A-Za-z]+$`)
	tagged := map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/parley:actions": "allowed"}}
	byName := map[string]string{"lambda:InvokeFunction": "function:parley-*", "ssm:StartAutomationExecution": "automation-definition/Parley-*"}
	var changes []string
	for sid, s := range p {
		if s["Effect"] == "Deny" {
			continue
		}
		for _, a := range actions(s) {
			if reads.MatchString(a) {
				continue
			}
			changes = append(changes, a)
			resources, _ := json.Marshal(s["Resource"])
			switch {
			case sid == "OwnTagsOnly":
				want := map[string]any{"ForAllValues:StringEquals": map[string]any{"aws:TagKeys": []any{"parley:keep-until"}}, "Null": map[string]any{"aws:TagKeys": "false"}}
				if !reflect.DeepEqual(s["Condition"], want) || a != "ec2:CreateTags" {
					t.Errorf("%s may %s under %v", sid, a, s["Condition"])
				}
			case byName[a] != "" && strings.Contains(string(resources), byName[a]):
			case sid == "RunApprovedDocuments" && a == "ssm:SendCommand" && !strings.Contains(string(resources), "instance/"):
			case !reflect.DeepEqual(s["Condition"], tagged):
				t.Errorf("%s: %s is not bound to the tag: %v", sid, a, s["Condition"])
			}
			if strings.Contains(string(resources), `"*"`) {
				t.Errorf("%s: %s is on everything", sid, a)
			}
		}
	}
	protects := p["NeverProtected"]
	if protects["Effect"] != "Deny" || !reflect.DeepEqual(protects["Resource"], []any{"*"}) ||
		!reflect.DeepEqual(protects["Condition"], map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/parley:protected": "true"}}) {
		t.Errorf("what is protected is not: %v", protects)
	}
	denied := actions(protects)
	for _, a := range changes {
		_, verb, _ := strings.Cut(a, ":")
		harmless := strings.HasPrefix(verb, "Start") || verb == "CreateTags" || verb == "InvokeFunction"
		if !harmless && !slices.Contains(denied, a) {
			t.Errorf("%s is not denied on what is protected", a)
		}
	}
	grants := p["NeverTagsThatGrant"]
	if grants["Effect"] != "Deny" || !slices.Contains(actions(grants), "ec2:CreateTags") || !slices.Contains(actions(grants), "ec2:DeleteTags") ||
		!reflect.DeepEqual(grants["Condition"], map[string]any{"ForAnyValue:StringEquals": map[string]any{"aws:TagKeys": []any{"parley:actions", "parley:protected"}}}) {
		t.Errorf("the role can write the tags that give it power: %v", grants)
	}
}

func TestCloudFormationSaysTheSame(t *testing.T) {
	t.Parallel()
	for file, role := range map[string]struct{ resource, policy string }{"collector-role.yaml": {"CollectorRole", "collector"}, "action-role.yaml": {"ActionRole", "actions"}} {
		doc := template(t, file)
		properties := at(t, doc, "Resources", role.resource, "Properties")
		if got, want := statements(t, at(t, properties, "Policies", "PolicyDocument", "Statement")), policy(t, role.policy); !reflect.DeepEqual(got, want) {
			t.Errorf("%s and iam/%s.json differ:\n%v\n%v", file, role.policy, got, want)
		}
		trust := at(t, properties, "AssumeRolePolicyDocument", "Statement").([]any)
		if len(trust) != 1 || at(t, trust, "Condition", "StringEquals", "sts:ExternalId") != "ExternalId" || at(t, trust, "Action") != "sts:AssumeRole" {
			t.Errorf("%s: trusts without an external id: %v", file, trust)
		}
		id := at(t, doc, "Parameters", "ExternalId").(map[string]any)
		if id["Default"] != nil || id["MinLength"] != "16" {
			t.Errorf("%s: the external id is not required: %v", file, id)
		}
		if m, ok := properties.(map[string]any); !ok || m["ManagedPolicyArns"] != nil || len(m["Policies"].([]any)) != 1 {
			t.Errorf("%s has more policies", file)
		}
	}
	events := template(t, "events.yaml")
	if got, want := statements(t, at(t, events, "Resources", "TakeEvents", "Properties", "PolicyDocument", "Statement")), policy(t, "events"); !reflect.DeepEqual(got, want) {
		t.Errorf("events.yaml and iam/events.json differ:\n%v\n%v", got, want)
	}
}

// Terraform reads the policies from their files; here it is that it adds none.
func TestTerraformSaysTheSame(t *testing.T) {
	t.Parallel()
	main, variables, events := readFile(t, "terraform/main.tf"), readFile(t, "terraform/variables.tf"), readFile(t, "terraform/events.tf")
	for _, want := range []string{`/../iam/${name}.json`, `local.policy["collector"]`, `local.policy["actions"]`,
		`variable = "sts:ExternalId"`, `values   = [var.external_id]`, `test     = "StringEquals"`} {
		if !strings.Contains(main, want) {
			t.Errorf("main.tf lacks %s", want)
		}
	}
	allowed := []string{"sts:AssumeRole", "sts:ExternalId", "sqs:SendMessage", "aws:SourceArn", "parley:actions", "parley:protected"}
	action := regexp.MustCompile(`\b[a-z0-9]+:[A-Za-z*]+`)
	for _, text := range []string{main, events} {
		for _, line := range strings.Split(text, "\n") {
			for _, a := range action.FindAllString(line, -1) {
				if !slices.Contains(allowed, a) && !strings.Contains(line, `"arn:`) {
					t.Errorf("terraform names %s by itself: %s", a, line)
				}
			}
		}
	}
	_, block, _ := strings.Cut(variables, `variable "external_id"`)
	block, _, _ = strings.Cut(block, "\nvariable ")
	if strings.Contains(block, "default") || !strings.Contains(block, "{16,1000}") || !strings.Contains(block, "validation") {
		t.Errorf("the external id is not required and checked:%s", block)
	}
	if strings.Contains(main+events, "managed_policy_arns") || strings.Contains(main+events, "policy_attachment") {
		t.Error("terraform attaches further policies")
	}
}
