// Package apitest has what every backend that speaks to a vendor's HTTP API
// must satisfy ([Run]), against a fake of that API that is a Go RoundTripper: no
// socket, so that it works in bubbles.
package apitest
