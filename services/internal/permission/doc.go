// Package permission decides whether a list names a person. Lists are written
// by people, in actions' files:
//
//	allow: ["@ops", U0123, "cli:operator"]
//
// Nobody is allowed what nobody allowed: an empty list, an empty entry and a
// person without id never match. The notifier asks before it offers a run, the
// actioner asks again before it takes one; both ask here. It is a pure
// function.
package permission
