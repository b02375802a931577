// Package awsecs deploys ECS services anew and sets how many tasks they run.
//
//	kind: aws-ecs
//	aws-ecs:
//	  operation: redeploy                      # redeploy (a new deployment of the same) | scale
//	  cluster: "{{ parameters.cluster }}"      # the default; likewise account, region and service
//	  count: "{{ parameters.count }}"          # scale: 4, or a change: +1, -2, +20%
//
// The service is read when the run begins: its tags, its state, what it runs
// now. The run waits until the deployment is complete or as many tasks run.
// Two deployments are two effects and ECS has no client token for them, so a
// run of redeploy is never repeated, and unknown if it is killed in the middle;
// a count that is a number may be set again.
package awsecs
