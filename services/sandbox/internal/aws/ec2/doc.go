// Package ec2 is the part of EC2 that watching and acting on instances needs:
// DescribeInstances, DescribeInstanceStatus, RunInstances, StartInstances,
// StopInstances, RebootInstances, TerminateInstances, CreateTags, DeleteTags,
// DescribeTags, DescribeVolumes, DescribeAddresses, DescribeNatGateways,
// DescribeRegions, DescribeInstanceTypes and DescribeSpotInstanceRequests.
//
//	ec2.Register(mux, w)
//
// # Guarantees
//
// Errors, their codes and their order are AWS's: an id that is malformed, then one
// that does not exist, then permission (tag conditions are asked per instance), then
// DryRun, then the state. Of several instances all change or none. Lists are in an
// order that does not change between two pages.
package ec2
