// Package target is one AWS account in one region, watched by one collector.
//
//	leases := target.NewLeases(target.LeaseConfig{…}, keys)
//	leases.Run(ctx, func(ctx context.Context, l *target.Lease) error {
//		t := target.New(target.Config{Lease: l, …})
//		return part.Run(ctx, t, sink)
//	})
//
// What is done for a target is a [Part]: reading metrics is one, looking for
// waste another. Parts run side by side; one that fails or is slow holds up no
// other, nor another target.
//
// # Who watches what
//
// Collectors say every few seconds that they are there, and share the targets
// by [Assign], which all of them compute alike. A target's record in
// [bus.CloudTargets] names its owner; it changes hands by compare-and-set: given
// back when another collector should have it or this one stops, taken when its
// owner was silent for 20 s. A collector that cannot say that it is there stops
// before others may take over. So the limits, the cache and the meter of a
// target are in one place and right by construction.
//
// # Position
//
// [Lease.Commit] makes a state the target's: it is stored as an object, and the
// record points to it if, and only if, this collector still owns the target;
// else [ErrLost]. The next owner reads it with [Lease.Position]. Owner and
// position are in one record, so an owner that was slow cannot undo what its
// successor did.
//
// # Calls
//
// All calls go through the target's clients: they keep to its limits, count what
// they cost, and slow down by half when AWS throttles, to recover by a twentieth
// of the limit with each call that was not. A Target is safe for concurrent use.
package target
