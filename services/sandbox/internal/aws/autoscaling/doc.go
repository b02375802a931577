// Package autoscaling is DescribeAutoScalingGroups and SetDesiredCapacity.
//
//	autoscaling.Register(mux, w)
//
// # Guarantees
//
// A capacity outside a group's bounds is refused and nothing changes. Instances come
// and go over the world's time; while a group cools down, a call that honours that is
// refused with ScalingActivityInProgress.
package autoscaling
