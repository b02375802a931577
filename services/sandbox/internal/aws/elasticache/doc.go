// Package elasticache is ElastiCache's DescribeCacheClusters.
//
//	elasticache.Register(mux, w)
//
// # Guarantees
//
// Caches are always available; they are there to be seen and measured.
package elasticache
