// Package outbound is how actions talk HTTP: where to (an [Address], filled
// from labels without letting a label choose the target), over what (a
// transport that follows no proxy, no redirect and no stale connection), and
// what became of the request when it fails.
//
// # Guarantees
//
// A label's value can neither leave its place in a URL (it is escaped, and
// "." and ".." are refused) nor name a host that is not listed. The address
// that a name resolves to is checked when the connection is made, so a name
// that changes its mind (DNS rebinding) is refused too. Link-local addresses,
// where clouds keep credentials, are refused unless listed.
//
// [Do] sends a request at most once: connections are not reused, so net/http
// never repeats one by itself. Its errors say whether the request may have
// arrived (action.Unknown) or surely did not (action.NotDone). Answers are
// read up to 1 MiB.
package outbound
