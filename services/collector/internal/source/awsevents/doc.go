// Package awsevents is the source of what EventBridge tells: changes of
// CloudWatch's alarms (aws.alarm.state) and of EC2 instances (aws.ec2.state), out
// of an SQS queue. Nothing has to reach the collector from outside.
//
//	"awsevents": source.Kind(awsevents.Defaults, awsevents.New),
//
// # Guarantees
//
// A message is deleted only when its sample, or its dead letter, is stored. One
// that comes again (its time ran out, the collector was killed) is the same
// sample, (series, time), which readers ignore. Any number of collectors may
// read one queue; SQS gives each message to one at a time.
//
// An event that is bad, or that nobody here understands, is a dead letter with
// the reason. A queue that cannot be read is said once, with the fix, tried again
// after a pause that grows to a minute, and holds up no other.
//
// Of instances that change, the other sources of the process are told at once
// ([source.Changes]).
package awsevents
