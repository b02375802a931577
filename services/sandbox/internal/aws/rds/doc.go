// Package rds is RDS's DescribeDBInstances, DescribeDBClusters, StopDBInstance,
// StartDBInstance and ListTagsForResource.
//
//	rds.Register(mux, w)
//
// # Guarantees
//
// A database is stopping, then stopped, over the world's time, and starts by itself
// after seven days, as AWS has it. One that is not in the right state is refused with
// InvalidDBInstanceState and nothing changes.
package rds
