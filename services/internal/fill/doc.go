// Package fill is text with places to fill, the one notation for it in policies
// and in message templates:
//
//	t, wrong := fill.Parse("p99 is {{ value }} on {{ labels.service or labels.host or somewhere }}", known)
//	t.Fill(func(name string) string { … })
//
// A place names one value. It may say what stands there when that has none: other
// places, tried in turn, or words. There are no functions, loops or conditions: a
// text can be read by whoever wrote a policy, and filling it always ends.
//
// # Guarantees
//
// What is filled in is never read as places again. Fill is safe for concurrent use.
package fill
