// Package savings knows what is wasted now and what was saved so far, for those
// who tell people: the notifier's digest and commands, the command line.
//
//	finds := savings.Finds(open)              // the open incidents about waste
//	saved := savings.Of(runs, from, now)      // USD, of runs of actions
//	fmt.Println(savings.USD(saved.USD), savings.Note())
//
// A find is an open incident that a metric aws.waste.<kind>.… is behind; what it
// costs a month is that metric's usd_month, unknown when the price is.
//
// A run saves from when it was done until another run undoes it, does its inverse
// on the same resource, or saves on it again, and for at most [MostCounted]: who
// starts an instance elsewhere does not tell Parley. It is list price, on demand.
//
// Everything is a pure function.
package savings
