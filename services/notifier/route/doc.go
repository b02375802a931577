// Package route decides who is told of an incident, where and when. It is pure.
//
// Routes are a tree in a YAML file, in which everything that is not understood
// is an error with its line:
//
//	routes:
//	  - match: {team: payments, severity: "~warning|critical"}   # as in policies: "=", "!", "~", "!~"
//	    channels: ["#payments"]
//	    severity: {critical: ["#payments", "#leads"]}            # instead of channels, for some severities
//	    continue: true                                           # the next siblings are looked at too
//	    mention: {critical: ["@ops", "@owner"]}                  # @group, @person, @owner (label owner), @oncall
//	    remind: 4h                                               # while nobody acknowledges
//	    escalate: [{after: 15m, mention: ["@oncall"]}, {after: 1h, channels: ["#leads"]}]
//	    ack_expires: 8h                                          # then it has to be acknowledged again
//	    quiet: {from: "22:00", to: "07:00", zone: Europe/Berlin, days: [mon-fri], except: [critical], hold: false}
//	    limit: {messages: 20, per: 1h}                           # more than that goes into a digest
//	    group: {by: [policy, env], wait: 30s}                    # these are one message; the first is told at once
//	    flap: {times: 3, within: 1h, calm: 1h}                   # the default; opens that often: one message; none: never
//	    routes: [...]                                            # looked at first; they inherit what they do not set
//	dependencies:                                                # while one that matches when is open, others are told in its message
//	  - {when: {policy: database-down}, suppresses: {tier: service}, equal: [env], wait: 2m}
//	oncall:
//	  - {name: primary, members: ["@anna", "@ben"], starts: 2026-11-02, every: 1w, handoff: "09:00", zone: Europe/Berlin}
//	who_may_subscribe: ["@ops"]
//
// Matchers see the incident's labels and also `policy`, `severity` and `team`.
//
// # Guarantees
//
// [Table.Decide] is a pure function of the table, the incident and a time, and
// names at least one channel. Of siblings the first that matches decides, and
// the next ones too while it says `continue`. Of a route that matches, the
// children that match are taken, else the route itself. The channels of the
// incident's policy win over those of routes; what the routes say of mentions,
// reminders and so on holds there too. A channel is told once: the first route
// that names it counts.
//
// Times of day are those of the zone's clocks: quiet hours from 22:00 to 07:00
// are an hour longer or shorter in the night when clocks change.
package route
