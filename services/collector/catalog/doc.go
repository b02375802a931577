// Package catalog knows the metrics of AWS services: what each is called there
// and here, its statistic, unit and period, what it means when it is missing,
// and which figures are worth computing from several of them.
//
//	m, ok := catalog.Default().Metric("aws.ec2.cpu_utilization")
//	// {AWS: "CPUUtilization", Namespace: "AWS/EC2", Statistic: "Average", Unit: "%", …}
//
// A service is a file of data beside this one, ec2.yaml for one, and no code:
//
//	service: ec2
//	namespace: AWS/EC2
//	dimensions: [[InstanceId]]
//	tags: {type: ec2:instance, resource: "instance/{InstanceId}"}
//	metrics:
//	  - {aws: CPUUtilization, unit: "%", statistic: Average, also: [Maximum], period: 5m, missing: unknown}
//	derived:
//	  - {name: network_bytes, unit: bytes, formula: NetworkIn + NetworkOut, doc: "All traffic of the instance."}
//
// [Load] reads a folder of such files from anybody, together with these; one of
// theirs replaces ours of the same service. Reading is strict: an unknown key,
// statistic, unit or name in a formula is an error with its file.
//
// # Names
//
// A metric is `aws.<service>.<name in snake case>` with its own statistic, and
// has the statistic as a suffix with another one: `aws.ec2.cpu_utilization`,
// `aws.ec2.cpu_utilization.maximum`. A percent sign becomes `percent`. Labels
// are the dimensions in snake case; a dimension that would clash with a label
// of ours (team, account, account_name, region) gets `dimension_` before it.
//
// # Missing
//
// CloudWatch sends nothing for a bucket in which nothing happened. For what
// counts events (errors, requests) that is [Zero]; for what measures a level
// (CPU, free space) it is [Unknown], and nobody may make up a value.
//
// # Derived metrics
//
// A formula is over the AWS names of metrics of one resource in one bucket, in
// the language of expr (https://expr-lang.org), numbers only. `period` is the
// bucket's length in seconds. A division by zero, or a missing input that is
// not Zero, gives no sample.
//
// A [Catalog] is never changed after it was made and may be used by any number
// of goroutines.
package catalog
