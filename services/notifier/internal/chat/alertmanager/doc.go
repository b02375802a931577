// Package alertmanager tells incidents to what speaks Alertmanager's language:
// an Alertmanager (POST /api/v2/alerts), or a receiver of its webhooks
// (version 4 of the payload).
//
// An incident is one alert: firing from when its conditions began to hold,
// resolved when it is. Threads, pictures and digests are not told.
//
// # Guarantees
//
// Label and annotation names and values are valid whatever ours are, and an
// incident's labels never change, so that firing and resolved are one alert.
// Telling again has no effect: an alert is its labels. A token or password is in
// no error.
package alertmanager
