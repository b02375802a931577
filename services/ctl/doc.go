// Command parley is Parley's command line: one file a command, main.go lists
// them, `parley COMMAND --help` explains each with examples.
//
//	parley status                       what is wrong, and what to do about it
//	parley incident list|show|ack|resolve
//	parley silence add|list|expire
//	parley maintenance add|list|extend|end
//	parley query METRIC [label=value…]  a table, or a chart in a terminal
//	parley send NAME VALUE [label=value…]
//	parley detect|forecast --in … --out …  over series in files
//	parley policy lint|apply|list|show|delete|schema
//	parley action list|run|lint
//	parley audit list|show|verify|export|head
//	parley dlq list|show|retry
//	parley keys, setup, natsconf        installing
//
// # Guarantees
//
// Exit codes: 0 done, 1 failed, 2 the command line was wrong. Results go to
// standard output, everything else to standard error. In a pipe there is no
// colour and nothing is cut; in a terminal widths fit, and colour is used
// unless NO_COLOR is set.
//
// Its user on NATS is the operator, who reads and cannot write the services'
// events: what a person wants is an order (event.v1.Order) that the notifier
// carries out as it does a click, under the person's name, with the same
// checks and the same audit. An order that was stored is carried out even if
// this process ends; a command that reports success has seen the effect.
// Policies are written by compare-and-set: a change by somebody else at the
// same moment is refused, not overwritten. Retrying a dead letter twice
// publishes it once.
//
// # JSON
//
// With --json a command writes one document (status --watch: one a line).
// Fields are added, never renamed or removed; times are RFC 3339 in UTC, enums
// small letters with '_', absent values are left out. The shapes are the types
// that these names refer to:
//
//	status                   status
//	incident list            {incidents: [incidentView]}
//	incident show            story: incidentView, acknowledged, timeline, runs;
//	                         with --why: why, a whyView
//	incident ack, resolve,
//	  feedback               outcome
//	incident whynot,
//	  policy whynot          explain.Not
//	silence add, expire,
//	  maintenance add,
//	  extend, end            outcome
//	maintenance list         {maintenance: [maintenanceView]}
//	silence list             {silences: [silenceView]}
//	query                    queryResult: samples are [epoch milliseconds, value]
//	top                      topResult
//	send                     {messages: [sent]}
//	detect, forecast         detected, forecasted
//	policy lint, action lint lintResult
//	policy apply             {policies: [applied], dry_run}
//	policy list, show        {policies: [policyView]}, policyView
//	policy import            importResult
//	policy delete            {deleted}
//	action list              {actions: [actionView]}
//	action run               runView
//	audit list, show         {records: [auditView]}, auditView
//	audit verify, head       verdict, headView
//	audit export             [audit.Line], one a line; with --out: exported
//	aws accounts             {accounts: [accountView]}
//	aws cost                 costView
//	cost                     moneyView
//	aws doctor               doctorView; with --policy {collector, actions}: IAM policies
//	notify test, preview     notifiedView, previewView
//	slack doctor             slackView
//	dlq list, show           {dead_letters: [deadView]}, letter
//	dlq retry                {retried: [retried], not_retriable}
//	keys, setup, natsconf    keysResult, {ready, replicas}, {files: [written]}
//	version                  {version}
package main
