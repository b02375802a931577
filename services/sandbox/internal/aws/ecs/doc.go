// Package ecs is ECS's ListClusters,
// DescribeClusters, ListServices, DescribeServices and UpdateService.
//
//	ecs.Register(mux, w)
//
// # Guarantees
//
// A change of the desired count, of the task definition, or a forced deployment rolls
// out over the world's time; until it is COMPLETED the old deployment stays ACTIVE.
package ecs
