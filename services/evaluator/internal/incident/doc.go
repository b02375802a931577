// Package incident decides: it is the state of one partition as a pure
// function of the partition's log.
//
//	out := state.Apply(entry) // samples, ticks, policies, partials, orders
//
// # Time
//
// Time is when the stream stored an entry, and only moves forward; no clock is
// read. Holding (`for`), recovering (`recover.after`) and silence (`no_data`)
// progress with it. Deadlines that an entry's time has passed are met before
// the entry's own contents, in the order of the deadlines, so that it makes no
// difference how many entries time came in, and a takeover is a replay.
// [State.NextDeadline] says by when somebody should publish a tick. The times
// of samples order a series' values and are what people are shown.
//
// # Samples
//
// A sample of a (series, time) that was seen is ignored, unless its revision is
// higher than the one seen: then its value counts instead, in the history and,
// if it is the series' newest, for the conditions: what held by the value
// before only ends as if it had recovered, what holds now begins now. A revision
// is no sign of life: a series that is silent stays so. Whatever is older
// than the series' newest goes into its history and judges nothing. One of a
// series without a definition is held back, the newest for each, until the
// definition comes. A definition whose id is taken by another series is refused
// and counted.
//
// A series that its source says is gone on purpose (an instance was stopped) is
// neither silent nor recovered: what it held ends as gone, with the reason, and
// nothing begins. The next sample measured after that ends it.
//
// # Events
//
// An event from outside is a sample of event.level with its level, and its type
// and message are known to the conditions on events of that series: what holds
// is by the events' own times, so that late ones and repeats change nothing.
//
// # Memory
//
// What a condition needs of a series beside its newest value is kept with the
// series, and only if some condition on it asks: its past in sixty buckets for
// each span, which datapoints held, a detector for each time zone with six hours
// of what it expected, what other metrics explain of it, the growth of what fills up. All of it is in snapshots, and
// outlives a change of policies where it still serves; what is new begins with the
// series' history. What was measured while a maintenance window was
// open is judged and teaches nothing. BenchmarkLearned says what each costs: from 0.2 KB (datapoints)
// to 3.4 KB (baseline) a series, and nothing where nothing is asked.
//
// # Budgets and forgetting
//
// Of a team that has as many series as it may, new ones are refused and counted until
// there is room; those that it has go on. A series without samples is forgotten after
// six hours, or where something was learned of it after what the budget says, a week
// else, by the log's time; not while it holds a condition, or one waits for it.
//
// # Groups, near and wide
//
// What a condition does on a series is a fact: it holds, holds no more, fell
// silent. Facts of a policy without `by` concern a group that is exactly the
// series' label set; these are all in one partition, and are applied at once.
// Facts of a policy with `by` leave as partials for the partition of the
// group's key, also when that is this one, and come back through its log. From
// there on it is one code path.
//
// Partials are published in order, before any snapshot covers the entry that
// caused them, and again after a takeover; (source partition, source sequence,
// part) only moves forward, and the receiver ignores what it has had: each
// counts exactly once. They carry changes, and once a minute the value while
// holding. Their order is kept for each source; between sources there is none,
// and a wide policy may see its resources some milliseconds apart. `for` starts
// at the source, by the source's stream time. A partial of another version of
// the policy is ignored when older; when newer it waits until this partition
// has the policy too.
//
// # Concurrency
//
// A State belongs to one goroutine at a time; reading methods may run side by
// side, but not beside Apply.
package incident
