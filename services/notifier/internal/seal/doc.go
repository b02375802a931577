// Package seal makes values of buttons that nobody can make up: a claim and the
// HMAC of it, with a key that all instances share.
//
//	value := key.Sign(seal.Claim{Do: "run:stop-instance", Incident: id, Run: nonce, Channel: "C0123", Version: 4, Expires: t})
//	claim, err := key.Open(value, "run:stop-instance", "C0123", time.Now())
//
// A value has the form <incident>.<nonce>.<version>.<expiry>.[<plan>.]<mac>,
// below 300 bytes; plan is the hash of what was shown that would be done. The action and the channel are signed too, but not written: they come
// with the click, from the chat. That the click is on a message of that incident
// is for who knows the messages to check; that one nonce is one run, for who
// keeps the runs.
//
// The key protects against values from anywhere but our own messages: an edited
// request, another message, a message of long ago. It is not what says who
// clicked: that is the chat's signature.
package seal
