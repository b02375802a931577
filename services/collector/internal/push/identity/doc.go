// Package identity gives what AWS pushes the same labels as what is polled: so
// that it is the same series, whichever way a value comes.
//
//	names := identity.New(accounts, cache, log)
//	labels, ok := names.Labels(ctx, identity.Resource{Account: "111122223333", Region: "eu-west-1",
//		Service: "ec2", Dimensions: map[string]string{"InstanceId": "i-0ba7"}})
//	series, err := names.Series("aws.ec2.state", "", labels)
//
// # Guarantees
//
// Labels are the account's team, the account, its name, the region, the
// dimensions, and those tags of the resource that the account says become
// labels. Tags are read with tag:GetResources, which costs nothing, once an hour
// for each account and region from which something comes; what was known stays
// when they cannot be read. Of an account that nobody configured there are no
// tags, and its name is its id.
//
// A Names is safe for concurrent use. One caller at a time reads an account's
// tags of a region; the others of that region wait for it, not longer than their
// context, others go on.
package identity
