// Package waste finds what a cloud account pays for and nobody uses: instances
// that idle or are larger than they need be, volumes attached to nothing or to
// what is stopped, load balancers, databases and NAT gateways without traffic.
//
//	aws.waste.idle_instance.usd_month{account=…, region=…, resource=i-0ba7…, name=batch-report, owner=ann, …} 313.9
//	aws.waste.idle_instance.hours                                                                              216
//	aws.waste.idle_instance.confidence_percent                                                                  60
//	aws.waste.idle_instance.cpu_max_percent, .network_mb_day                       2.1, 3.4 for every hour of 14 days
//
// What there is is listed every two minutes, which costs nothing. Figures are
// read once an hour, one query per metric and resource with all its hours of up
// to 14 days, in two steps: of what is busy only the first figure is paid for.
// Everything that decides ([Rules], [Rules.Judge]) is a pure function of both.
//
// # What a find says
//
// usd_month is what a month of 730 hours would save at list price (Linux, on
// demand, of package price). It is absent when the price is not known: then
// hours is what a policy goes by. Both are sent for everything that was looked
// at, and are 0 for what is no waste, so that incidents resolve; what was
// deleted falls silent. confidence_percent is 0 once afterwards.
//
// What a find was measured by is said hour by hour, each hour once and at its own
// time, first all that was read: cpu_max_percent, and network_mb_day (of the 24
// hours up to then) of idle instances; cpu_max_percent of oversized ones, with
// cpu_limit_percent, up to which the smaller type would do; connections of
// databases, requests (flows) of load balancers, bytes of NAT gateways. The hour
// that ended a find is the last. Another owner of the target says all of it again.
//
// # What is never called idle
//
// An instance that is protected or kept by its tags (parley:protected,
// parley:keep-until), belongs to an Auto Scaling group, was started less than a
// day ago, fails a status check, or misses a fifth of its points. Time in which
// it was stopped has no points and is not idleness.
//
// # Guarantees
//
// Looking costs what the account's meter says, and nothing in free-tier mode; it
// goes through the target's limiter. A service that cannot be listed (no permission) leaves out its
// finds, is told in the log, and leaves the others alone. Samples of one look
// may be sent twice.
package waste
