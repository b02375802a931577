// Package sandbox is what Parley works with when there is nothing else: a local
// Slack workspace with a page for people, a local AWS account, and applications that
// send metrics and can be acted on. It knows nothing of the pipeline, and the pipeline
// knows only addresses and tokens.
//
//	http://localhost:8080/               the workspace's page
//	http://localhost:8080/api/<method>   Slack's Web API and the driving calls
//	http://localhost:8080/sandbox/fleet  the applications, and what can be done to them
//	http://localhost:8080/jolokia/<app>/ their JVMs
//	http://localhost:4566/               the AWS account, for any AWS client
//
// [Run] serves until its context is done; a peer, NATS included, that is away never
// ends it. Requests with a Host that is no address and has a dot are refused (DNS
// rebinding), as are POSTs from other sites' pages. See the packages workspace,
// page, fleet, jolokia and aws for what each guarantees, and README.md for how to drive it.
package sandbox
