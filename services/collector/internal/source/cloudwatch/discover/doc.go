// Package discover knows what there is to watch in an account and region:
// which metrics CloudWatch has, the tags of resources, and which instances run.
//
//	scanner := discover.New(discover.Defaults(), catalog.Default())
//	changed, err := scanner.Refresh(ctx, t, wants)
//	inventory := scanner.Inventory()
//
// # Guarantees
//
// A namespace is swept with ListMetrics at most once an hour, and only when a
// service that was asked for has metrics in it; many at a time are swept
// together. Only what had points in the last three hours is listed, unless the
// service sends more rarely. Tags come with the sweep, the states of instances
// every few minutes, and when somebody knows that they have changed. What cannot
// be read (no permission for tags, say) leaves what was known before, and the
// rest as it is; the error names what is missing. An [Inventory] is never changed
// after it was made. It holds at most [Config.MaxMetrics] metrics.
package discover
