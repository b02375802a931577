// Package node reads YAML field by field and remembers where everything stood:
//
//	doc, problems := node.Parse("actions.yaml", data)
//	name := doc.Text("name")
//	doc.Done() // whatever was not asked for is a problem, with a suggestion
//
// Every fault is a [Problem] with file, line and column; reading goes on after
// one, so that all are listed at once. A reader that asks a missing block for
// its fields gets zero values and no second complaint.
//
// Nothing here keeps state beyond one file; it is not for use by several
// goroutines at a time.
package node
