package natsconf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/internal/bus"
)

// Server is what differs between installations.
type Server struct {
	Name string
	// Listen is host:port for clients; empty for a server that only its own
	// process can reach.
	Listen string
	// Monitor is host:port of the monitoring pages; empty for none.
	Monitor string
	// StoreDir is where JetStream keeps its files.
	StoreDir string
	// SyncInterval is when stored messages are synced to disk: "always", or a
	// time such as "2m" for those who trust their power supply.
	SyncInterval string
}

// ServerConf returns nats.conf.
func ServerConf(s Server) []byte {
	var b strings.Builder
	b.WriteString(generated)
	fmt.Fprintf(&b, "server_name: %q\n", s.Name)
	if s.Listen != "" {
		fmt.Fprintf(&b, "listen: %q\n", s.Listen)
	}
	if s.Monitor != "" {
		fmt.Fprintf(&b, "http: %q # not to be published: it asks nobody who they are\n", s.Monitor)
	}
	fmt.Fprintf(&b, `max_payload: 1MB
max_pending: 64MB
write_deadline: "10s"
lame_duck_duration: "30s"
lame_duck_grace_period: "1s"

jetstream {
  store_dir: %q
  max_memory_store: 256MB
  # A limit, not a reservation: the streams' own limits add up to less.
  max_file_store: 40GB
  # An acknowledged message is on the disk.
  sync_interval: %q
}

include "accounts.conf"
`, s.StoreDir, s.SyncInterval)
	return []byte(b.String())
}

const generated = "# Written by `parley natsconf` from services/internal/bus; scripts/generate renews it.\n"

// AccountsConf returns accounts.conf: the services' account, and one account
// for each team, which may publish metrics and nothing else. A client without
// credentials is the first team.
func AccountsConf(teams ...string) []byte {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString("include \"users/users.conf\" # public keys, made at install by `parley keys`\n")
	if len(teams) > 0 {
		fmt.Fprintf(&b, "no_auth_user: %q # who comes without credentials; publish the port on loopback only\n", teams[0])
	}
	b.WriteString("system_account: SYS\n\naccounts {\n  SYS {}\n  APP {\n    jetstream: enabled\n    users: [\n")
	fmt.Fprintf(&b, "      { nkey: $%s } # alone may create and delete; used by set-up\n", variable("admin"))
	for _, r := range bus.Roles() {
		fmt.Fprintf(&b, "      { nkey: $%s, permissions: {\n", variable(r.Name))
		list(&b, "publish", r.Publish)
		list(&b, "subscribe", r.Subscribe)
		b.WriteString("          allow_responses: { max: 1, expires: \"1m\" } } }\n")
	}
	b.WriteString("    ]\n    exports: [\n")
	for _, t := range teams {
		fmt.Fprintf(&b, "      { service: \"metrics.custom.%s.>\", accounts: [%s] }\n", t, account(t))
	}
	b.WriteString("    ]\n  }\n")
	for _, t := range teams {
		fmt.Fprintf(&b, `  %s {
    users: [
      { user: %q, password: %s, permissions: {
          publish: { allow: ["metrics.>"] }
          subscribe: { allow: ["_INBOX.>"] } } }
    ]
    imports: [ { service: { account: APP, subject: "metrics.custom.%s.>" }, to: "metrics.>" } ]
    limits: { max_connections: 200, max_payload: 262144 }
  }
`, account(t), t, password(t, t == teams[0]), t)
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

// password returns what stands for a team's password: for the team of those
// who need none, its name (the server gives it to them itself, so it cannot be
// a hash); for others a variable, to be set in the
// server's environment or in users.conf.
func password(team string, anonymous bool) string {
	if anonymous {
		return strconv.Quote(team)
	}
	return "$" + account(team) + "_PASSWORD"
}

func account(team string) string { return "TEAM_" + strings.ToUpper(bus.Token(team)) }

func list(b *strings.Builder, what string, subjects []string) {
	fmt.Fprintf(b, "          %s: { allow: [\n", what)
	for _, s := range subjects {
		fmt.Fprintf(b, "            %q\n", s)
	}
	b.WriteString("          ] }\n")
}
