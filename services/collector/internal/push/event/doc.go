// Package event reads what AWS tells of changes: alarms, as SNS and EventBridge
// have them, and states of EC2 instances.
//
//	change, err := event.FromBridge(body)  // an event of EventBridge
//	change, err := event.FromAlarm(text)   // the Message of CloudWatch's notification
//	sample, err := change.Sample(ctx, names)
//
// An alarm is a series aws.alarm.state: 0 OK, 1 ALARM, 2 INSUFFICIENT_DATA, with
// the labels alarm_name, namespace and metric (of an alarm on one metric),
// account, account_name, region and team. An instance is a series aws.ec2.state: 1
// running, 0 anything else, with the labels that its metrics have.
//
// # Guarantees
//
// An alarm's change is the same sample, series and time, whether it comes by
// SNS, by EventBridge or by both. Fields that are not known are ignored. An
// instance's changes carry seconds only; of two in one second the later in an
// instance's life has the higher revision, so that their order does not matter.
package event
