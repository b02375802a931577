// Package chattest has what every backend must satisfy ([Run]) and a small Slack
// that is a Go RoundTripper ([Slack]): no socket, so that it works in bubbles.
//
// The small Slack keeps messages, threads, files and metadata, checks blocks
// against Slack's limits ([Check]), processes files after a while, and can be
// told to fail: before a request has its effect, or after.
package chattest
