// Package actioner carries out what people ask for: it takes requests from
// actions.req, checks who asks, runs the action, writes every step to the run's
// record, the audit and runs.v1, and later looks whether the incident got
// better.
//
// Beside what people ask for, it asks for what is due: the undoing that an
// action states (until), and stops and starts by resources' own tags (package
// offhours), as an actor called parley.
//
// Actions are declared in YAML (package declare); what they can do is an `ls`
// of internal/action. Nothing is allowed that no declaration allows.
//
// Guarantees, in package run's words: at most one effect for one run id, and
// exactly one where the kind has a token; unknown is a state that people see;
// no effect without a record and an audit record before it. Any number of
// actioners share the work. One slow action holds up none but the other seven
// that an actioner runs at a time.
package actioner
