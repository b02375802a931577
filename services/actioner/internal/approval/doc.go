// Package approval decides whether a second person's word counts. Everything
// here is a pure function: the same record, decision and time give the same
// verdict. Whom a list names is package permission's.
//
// Nobody is allowed what nobody allowed: an empty list, a person without id
// and a decision for another plan are all refused. Nobody approves their own
// run: two identities with the same id or the same name are one person here,
// whichever backend they came by. To reject one's own is to withdraw it.
package approval
