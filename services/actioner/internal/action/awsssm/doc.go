// Package awsssm runs Systems Manager documents: commands on instances, and
// automations.
//
//	kind: aws-ssm
//	aws-ssm:
//	  operation: command                              # command | automation
//	  document: Parley-RestartService                 # Parley-*, or one of documents:
//	  documents: [AWS-RestartEC2Instance]
//	  instance_ids: "{{ parameters.instance_ids }}"   # the default: one, or several with commas; likewise account and region
//	  arguments: {ServiceName: ["{{ parameters.service }}"]}
//
// Instances are looked at when the run begins: their state and their tags. What
// is sent is a document that the declaration names, with arguments that it
// says; nobody can send commands of their own. The run waits for the end and
// tells what came of it. SendCommand has no client token, so a command is never
// repeated; an automation has, and may be.
package awsssm
