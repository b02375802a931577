// Package mail is the e-mail backend: an incident is one mail thread, with its
// chart in the mail.
//
// A mail goes out when an incident opens, when it is acknowledged or changes its
// severity, when its chart comes, when something was done about it, and when it
// is resolved. Other edits are not mailed.
//
// # Guarantees
//
// Data cannot become a header, a recipient, markup or a link: headers are
// encoded words of one line, HTML is escaped, and only http(s) addresses become
// links. Without TLS nothing is sent unless `tls: none` says so, and a password
// is never sent in the clear.
//
// A Message-ID is made of what is told: a mail that is sent twice, because the
// answer of the server was lost, has the same one. An error after the last dot
// is [chat.Unsure], any earlier one is not; 4xx answers are
// [chat.RateLimited], because a mail server never says until when.
package mail
