// Package iam evaluates policy documents as AWS does, as far as Parley's roles need it.
//
//	policy, err := iam.Parse(document)
//	decision, sid := iam.Decide([]iam.Policy{policy}, iam.Request{
//		Action:   "ec2:StopInstances",
//		Resource: "arn:aws:ec2:eu-west-1:111122223333:instance/i-0ba7c4e9d1f2a3b40",
//		Context:  map[string][]string{"aws:ResourceTag/parley:actions": {"allowed"}},
//	})
//
// # Guarantees
//
// A deny wins over every allow, and what nothing allows is denied. Actions are
// compared without case, resources with it; both take * and ?. Known conditions are
// StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringLike, StringNotLike,
// ArnEquals, ArnLike, Bool and Null, with ForAllValues:, ForAnyValue: and …IfExists.
// Parse refuses everything that Decide could not evaluate, so that a document never
// allows more here than it says. Both are pure functions.
//
// Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements".
package iam
