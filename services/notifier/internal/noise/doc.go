// Package noise holds the rules by which several incidents become one message:
// what belongs together, what is the cause of what, and what comes and goes too
// often. It is pure; packages record and queue keep what follows from it.
//
//	group: {by: [policy, env], wait: 30s}       # told in one message
//	flap: {times: 3, within: 1h, calm: 1h}      # opens so often: one message
//	dependencies:
//	  - when: {policy: database-down}           # while one of these is open,
//	    suppresses: {tier: service}             # these are told in its message,
//	    equal: [env]                            # if these labels have equal values
//	    wait: 2m                                # and still open that long after its end: told
package noise
