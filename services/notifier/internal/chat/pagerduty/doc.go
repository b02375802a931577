// Package pagerduty is the PagerDuty backend, by the Events API v2: an incident
// is an alert there, with our incident's id as its dedup_key.
//
// An incident that opens triggers, one that is acknowledged in our chat is
// acknowledged there, one that is resolved is resolved. Threads, pictures and
// what no incident is behind (a digest) are not told: nobody is paged by them.
// It is one way: an acknowledgement in PagerDuty does not come back.
//
// # Guarantees
//
// Sending an event again has no effect, by its dedup_key. Whatever the content,
// an event stays within PagerDuty's limits. The routing key is in no error.
package pagerduty
