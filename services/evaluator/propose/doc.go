// Package propose finds changes of policies that would have kept noise away, and
// proves them by replay.
//
//	t := propose.New(policies, ended)       // ended: how incidents of a policy ended
//	for … { t.Apply(partition, stored, entry) } // stored history, in its order
//	proposals, err := t.End(last)
//	// cpu-high: hold for 10 min instead of 2 min: removes 18 of 21 noise incidents, keeps all 6 useful ones
//
// A policy is tried when at least [Few] of its incidents, and a third, were noise:
// called so, or gone by themselves while nobody acknowledged, acted or said a word
// (package evidence has the rules). Each change is made in the policy's own text,
// with its comments, and read by the code that reads policies: a longer hold, a
// threshold or tolerance further away, a rarer anomaly, a slower recovery for what
// flaps; and to turn it off, where nothing of it was ever useful.
//
// The policy as it is and each change run over the same history, by the code that
// judges live (replay.Log). The incidents of the first are paired with those that
// people saw, by labels and time; what history does not show again proves nothing
// and is left out of the counts, and said. A change is proposed only if every
// useful incident still opens, none opens that did not, and at least [Few] noise
// incidents and a third of them are gone. Of those that remove four fifths of what
// the best one does, the smallest change is proposed.
//
// Only the series that a policy looks at are replayed, and at most [Most] policies
// are tried, those with the most noise: memory grows with their series and
// incidents, not with the history.
package propose
