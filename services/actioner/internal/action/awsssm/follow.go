package awsssm

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/awskit"
)

// command sends the document to the instances and waits for all of them.
func (k *kind) command(ctx context.Context, s *awskit.Session, c action.Call, args map[string][]string, names string) (string, error) {
	on := strings.Split(s.ID, ",")
	sent, err := k.client(s).SendCommand(ctx, &ssm.SendCommandInput{DocumentName: &k.document, InstanceIds: on, Parameters: args, Comment: aws.String("Parley run " + c.RunID[:min(len(c.RunID), 80)])})
	if err := s.Effect(err, "ssm:SendCommand"); err != nil {
		return "", err
	}
	if sent.Command == nil || sent.Command.CommandId == nil {
		return "", action.Unknown("AWS took the command and told no id for it", nil)
	}
	id, failed, said := sent.Command.CommandId, []string{}, ""
	_, err = awskit.Settle(ctx, c, "the command on "+names, every, func(ctx context.Context) (awskit.State, error) {
		failed, said = failed[:0], ""
		for _, instance := range on {
			out, err := ssm.NewFromConfig(s.Config).GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{CommandId: id, InstanceId: &instance})
			if awskit.Code(err) == "InvocationDoesNotExist" { // not yet
				return awskit.State{Words: "not begun"}, nil
			}
			if err != nil {
				return awskit.State{}, s.Before(err, "ssm:GetCommandInvocation")
			}
			switch out.Status {
			case types.CommandInvocationStatusSuccess:
				said = aws.ToString(out.StandardOutputContent)
			case types.CommandInvocationStatusFailed, types.CommandInvocationStatusTimedOut, types.CommandInvocationStatusCancelled:
				why := awskit.Excerpt(aws.ToString(out.StandardErrorContent))
				failed = append(failed, strings.TrimSuffix(fmt.Sprintf("%s: %s: %s", instance, strings.ToLower(string(out.Status)), why), ": "))
			default:
				return awskit.State{Words: strings.ToLower(string(out.Status)) + " on " + instance}, nil
			}
		}
		return awskit.State{Done: true}, nil
	})
	if err != nil {
		return "", err
	}
	if len(failed) > 0 {
		return "", action.Failed(fmt.Sprintf("%s did not work on %d of %d instances: %s (command %s)", k.document, len(failed), len(on), awskit.Excerpt(strings.Join(failed, "; ")), *id), nil)
	}
	text := fmt.Sprintf("%s succeeded on %s (command %s)", k.document, names, *id)
	if said = awskit.Excerpt(said); said != "" && len(on) == 1 {
		text += ": " + said
	}
	return text, nil
}

// automate starts the document and waits for its end.
func (k *kind) automate(ctx context.Context, s *awskit.Session, c action.Call, args map[string][]string, names string) (string, error) {
	begun, err := k.client(s).StartAutomationExecution(ctx, &ssm.StartAutomationExecutionInput{DocumentName: &k.document, Parameters: args, ClientToken: aws.String(token(c.RunID))})
	if err := s.Effect(err, "ssm:StartAutomationExecution"); err != nil {
		return "", err
	}
	if begun.AutomationExecutionId == nil {
		return "", action.Unknown("AWS took the automation and told no id for it", nil)
	}
	id, why := begun.AutomationExecutionId, ""
	state, err := awskit.Settle(ctx, c, "the automation on "+names, every, func(ctx context.Context) (awskit.State, error) {
		out, err := ssm.NewFromConfig(s.Config).GetAutomationExecution(ctx, &ssm.GetAutomationExecutionInput{AutomationExecutionId: id})
		if err != nil {
			return awskit.State{}, s.Before(err, "ssm:GetAutomationExecution")
		}
		if out.AutomationExecution == nil {
			return awskit.State{Words: "not begun"}, nil
		}
		status := out.AutomationExecution.AutomationExecutionStatus
		why = awskit.Excerpt(aws.ToString(out.AutomationExecution.FailureMessage))
		switch status {
		case types.AutomationExecutionStatusSuccess, types.AutomationExecutionStatusCompletedWithSuccess, types.AutomationExecutionStatusFailed,
			types.AutomationExecutionStatusTimedout, types.AutomationExecutionStatusCancelled, types.AutomationExecutionStatusCompletedWithFailure,
			types.AutomationExecutionStatusRejected, types.AutomationExecutionStatusExited:
			return awskit.State{Words: string(status), Done: true}, nil
		}
		return awskit.State{Words: strings.ToLower(string(status))}, nil
	})
	if err != nil {
		return "", err
	}
	if state.Words != string(types.AutomationExecutionStatusSuccess) && state.Words != string(types.AutomationExecutionStatusCompletedWithSuccess) {
		return "", action.Failed(strings.TrimSuffix(fmt.Sprintf("the automation %s ended as %s (execution %s): %s", k.document, strings.ToLower(state.Words), *id, why), ": "), nil)
	}
	return fmt.Sprintf("the automation %s succeeded (execution %s)", k.document, *id), nil
}
