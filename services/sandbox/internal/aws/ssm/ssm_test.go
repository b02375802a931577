package ssm

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ssm.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-actions"))
	ids := map[string]string{}
	for _, i := range w.Instances(awstest.Home) {
		ids[i.Name] = i.ID
	}
	send := func(document, instance string) (string, error) {
		out, err := c.SendCommand(t.Context(), &ssm.SendCommandInput{DocumentName: sdk.String(document), InstanceIds: []string{instance}})
		if err != nil {
			return "", err
		}
		return *out.Command.CommandId, nil
	}
	status := func(id, instance string) types.CommandInvocationStatus {
		t.Helper()
		out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: sdk.String(id), InstanceId: sdk.String(instance)})
		if err != nil {
			t.Fatal(err)
		}
		return out.Status
	}
	clean, err := send("Parley-CleanDisk", ids["search-2"])
	if err != nil {
		t.Fatal(err)
	}
	bad, err := send("Parley-FailAlways", ids["search-2"])
	if err != nil {
		t.Fatal(err)
	}
	if s := status(clean, ids["search-2"]); s != "Pending" {
		t.Error(s)
	}
	awstest.Advance(t, w, 2e9)
	if s := status(clean, ids["search-2"]); s != "InProgress" {
		t.Error(s)
	}
	awstest.Advance(t, w, world.CommandTakes)
	if s := status(clean, ids["search-2"]); s != "Success" {
		t.Error(s)
	}
	out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &bad, InstanceId: sdk.String(ids["search-2"])})
	if err != nil || out.Status != "Failed" || out.ResponseCode != 1 || *out.StandardErrorContent == "" {
		t.Errorf("%+v, %v", out, err)
	}
	for _, v := range []struct{ document, on, code string }{
		{"AWS-RunShellScript", ids["search-2"], "AccessDeniedException"}, {"Parley-CleanDisk", ids["legacy-cron"], "AccessDeniedException"},
		{"Parley-CleanDisk", ids["bastion"], "AccessDeniedException"}, {"Parley-Absent", ids["search-2"], "InvalidDocument"},
	} {
		_, err := send(v.document, v.on)
		awstest.Want(t, err, v.code)
	}
	_, err = ssm.NewFromConfig(cfg).SendCommand(t.Context(), &ssm.SendCommandInput{DocumentName: sdk.String("Parley-CleanDisk"), InstanceIds: []string{ids["old-import"]}})
	awstest.Want(t, err, "InvalidInstanceId")
	_, err = c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: sdk.String("00000000-0000-4000-8000-000000000000"), InstanceId: sdk.String(ids["search-2"])})
	awstest.Want(t, err, "InvocationDoesNotExist")
	all, err := ssm.NewFromConfig(cfg).ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{InstanceId: sdk.String(ids["search-2"])})
	if err != nil || len(all.CommandInvocations) != 2 || all.CommandInvocations[0].Status != "Failed" {
		t.Errorf("%+v, %v", all, err)
	}
	tagged, err := ssm.NewFromConfig(cfg).SendCommand(t.Context(), &ssm.SendCommandInput{
		DocumentName: sdk.String("Parley-CollectGarbage"), Targets: []types.Target{{Key: sdk.String("tag:service"), Values: []string{"search"}}},
	})
	if err != nil || tagged.Command.TargetCount != 2 {
		t.Errorf("by tag: %+v, %v", tagged, err)
	}
}

func TestAutomation(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := ssm.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-actions"))
	in := &ssm.StartAutomationExecutionInput{
		DocumentName: sdk.String("Parley-RestartService"), ClientToken: sdk.String("11111111-1111-4111-8111-111111111111"),
		Parameters: map[string][]string{"Service": {"checkout"}},
	}
	out, err := c.StartAutomationExecution(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.StartAutomationExecution(t.Context(), in)
	if err != nil || *again.AutomationExecutionId != *out.AutomationExecutionId {
		t.Errorf("a token ran twice: %v", err)
	}
	for _, want := range []types.AutomationExecutionStatus{"InProgress", "Success"} {
		got, err := c.GetAutomationExecution(t.Context(), &ssm.GetAutomationExecutionInput{AutomationExecutionId: out.AutomationExecutionId})
		if err != nil || got.AutomationExecution.AutomationExecutionStatus != want {
			t.Errorf("%+v, %v, want %v", got, err, want)
		}
		awstest.Advance(t, w, world.AutomationTakes)
	}
	in.DocumentName = sdk.String("AWS-RestartEC2Instance")
	_, err = c.StartAutomationExecution(t.Context(), in)
	awstest.Want(t, err, "AccessDeniedException")
	in.DocumentName, in.ClientToken = sdk.String("Parley-Absent"), nil
	_, err = c.StartAutomationExecution(t.Context(), in)
	awstest.Want(t, err, "AutomationDefinitionNotFoundException")
}
