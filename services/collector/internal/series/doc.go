// Package series knows which series there are: it turns a metric's name and
// labels, as they came, into a series id and a partition, once per series and
// not once per sample.
//
//	c := series.NewCache(100_000)
//	var k series.Key
//	k.Start("demo", nil)
//	k.Label([]byte("service"), []byte("checkout"))
//	k.Name([]byte("orders.pending"))
//	s, err := c.Get(&k)
//
// # Guarantees
//
// Two inputs that mean the same series get the same id, whatever the order of
// their labels; the label team is always the one given to [Key.Start]. What
// breaks the grammar is an error that names the field, every time it comes.
//
// A [Cache] holds at most twice its size and forgets what was not used for
// long; a forgotten series that comes again costs its hash and its definition
// anew, nothing else. A Cache is safe for concurrent use, a [Key] is not.
package series
