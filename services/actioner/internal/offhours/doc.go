// Package offhours stops instances and databases in the evening and starts them
// in the morning, as their own tag says, in the grammar that people know from
// Cloud Custodian:
//
//	parley:offhours = off=(M-F,19);on=(M-F,7);tz=Europe/Berlin
//	parley:offhours = off=[(M-F,21),(U,18)];on=[(M-F,6),(U,10)];tz=pt
//	parley:offhours = on          # every weekday: off at 19, on at 7
//	parley:offhours = tz=cet      # the same, in another time zone
//	parley:offhours = off         # not this one
//
// Days are M T W H F S U, alone or from-to; hours are 0 to 23. What a tag
// leaves out is the default's. Unlike Custodian's, a tag that makes no sense is
// a fault that is told, and not the default.
//
// [Watch] looks at each account with the action role, finds what has the tag,
// and asks for a run of stop-instance, start-instance, stop-database or
// start-database, as "parley": they must allow it. From there it is a run like
// every other: checked, bounded, frozen, recorded, audited.
//
// # Guarantees
//
// Each resource is asked for at most once for each transition, by however many
// actioners: the run's id is made of both. A transition counts for an hour;
// what a person starts or stops after it stays so until the next. Hours are on
// the wall clock of the zone: one that is skipped in spring is an hour later,
// one that comes twice in autumn is the first. An account that does not answer
// holds up no other.
package offhours
