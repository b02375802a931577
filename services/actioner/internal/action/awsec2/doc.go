// Package awsec2 stops, starts and reboots EC2 instances, and marks them to be
// kept as they are.
//
//	kind: aws-ec2
//	aws-ec2:
//	  operation: stop                          # stop | start | reboot | keep
//	  account: "{{ parameters.account }}"      # the default; likewise region and instance_id
//	  lose_address: "{{ parameters.lose_address }}"   # "yes": a public address that is not elastic may be lost
//	  days: 7                                  # keep: for how long
//
// The instance is looked at when the run begins, not when the message was
// written: what changed meanwhile refuses the run in words. AWS is asked with
// DryRun before anything is done, and looked at until the final state is there.
// Stopping what is stopped is the same as stopping it once, so a run may be
// repeated; a reboot may not.
//
// See README.md for what the action role needs.
package awsec2
