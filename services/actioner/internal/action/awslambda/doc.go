// Package awslambda invokes Lambda functions.
//
//	kind: aws-lambda
//	aws-lambda:
//	  function: "{{ parameters.function }}"    # the default; likewise account and region
//	  functions: ["parley-*"]                  # which functions at all; the default
//	  payload: {queue: "{{ parameters.queue }}", run: "{{ run.id }}"}
//	  idempotent: true                         # the function does nothing twice for one run.id
//
// The payload is what the declaration says, filled; nobody can send another.
// AWS is asked with the invocation type DryRun first, and the run waits for the
// answer. Lambda has no client token for this, so a run is repeated only where
// the declaration says that the function heeds the run's id.
package awslambda
