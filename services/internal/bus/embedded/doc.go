// Package embedded is NATS inside the process: the same server, configuration,
// users and permissions as the one in docker-compose. Imported by the
// standalone and by tests only, so that no service carries a server.
package embedded
