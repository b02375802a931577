// Package aws is the sandbox's local AWS account: one HTTP handler that aws-sdk-go-v2,
// the aws command and other clients take for AWS.
//
//	account, err := aws.New(aws.Defaults())
//	http.Serve(listener, account.Handler()) // AWS_ENDPOINT_URL=http://127.0.0.1:4566
//
// What exists and what it measures is package world's; a package per service speaks
// for it on a [wire.Mux]; this package joins them and adds what concerns all: faults,
// the log of calls, the meter, the clock. See [Account.Handler] for its own paths.
//
// # Guarantees
//
// Requests that are not signed get MissingAuthenticationToken, except to /sandbox/.
// With [Defaults] nothing is refused that AWS would not refuse. Everything is in
// memory, except with Config.World.State. An Account may be used from several
// goroutines and starts none of its own.
package aws
