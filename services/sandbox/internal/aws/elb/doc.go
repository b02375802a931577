// Package elb is Elastic Load Balancing: of the application and network kind
// DescribeLoadBalancers, DescribeTargetGroups, DescribeTargetHealth and DescribeTags,
// and of the classic kind DescribeLoadBalancers and DescribeTags. Both have the same
// credential scope; the version in the request tells them apart.
//
//	elb.Register(mux, w)
//
// # Guarantees
//
// Target health follows the state of the instances. Lists are in an order that does
// not change between two pages.
package elb
