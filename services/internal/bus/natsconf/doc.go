// Package natsconf writes the NATS server's configuration from the bus's
// topology and roles, and makes the users' keys. What is written is the same
// for the server in docker-compose, for the one inside the standalone process
// and for tests, so that a permission that is missing is missing everywhere.
//
// Three files: nats.conf (the server), accounts.conf (who may do what; made
// from [bus.Roles]) and users/users.conf (public keys, made at install by [WriteKeys]
// and never committed). Seeds are one file per user, <user>.nk, readable by
// its owner alone; the server needs only the public keys.
package natsconf
