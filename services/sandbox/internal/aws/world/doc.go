// Package world is what exists in the sandbox's AWS accounts, and what it measures.
//
//	w, err := world.New(world.Defaults())
//	shop := world.Key{Account: "111122223333", Region: "eu-west-1"}
//	for _, m := range w.Metrics(shop) {
//		buckets := w.Points(shop, m.Metric, from, to, 5*time.Minute)
//	}
//	w.StopInstances(shop, []string{"i-0ba7c4e9d1f2a3b40"})
//
// The protocols are elsewhere: package wire decodes and encodes, and a package per
// AWS service (ec2, sts, rds …) turns a request into calls of a World.
//
// # Guarantees
//
// A value is a pure function of the seed, its time and what was done to its
// resource: asking twice, in any order or from several processes of one seed and
// one day, gives the same points, and 15 months of them exist at once. A resource
// that does not run has no points. States that take time (stopping, pending, a
// rollout) are a schedule that is read with the clock; nothing ticks, and nothing
// is lost when the clock jumps.
//
// The clock is the world's: real time unless somebody sets it, in real time's speed
// unless told otherwise. Everything is in memory. With Options.State, what was done
// (and who holds which temporary credentials) outlives a restart.
//
// A World may be used from several goroutines.
package world
