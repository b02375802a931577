// Package replay runs policies over series on a clock of its own, and tells
// which incidents there would have been: days of minutes in milliseconds.
//
//	got, err := replay.Run(policies, []replay.Series{{
//		Name: "cpu", Labels: label.FromMap(map[string]string{"host": "a"}),
//		Start: start, Interval: time.Minute, Values: values,
//	}}, end)
//	// [{Policy: "cpu-high", Opened: …, Resolved: …, Summary: "cpu of a is 97 %"}]
//
// It is the code that evaluates in production, package incident, with all
// partitions of a system in one place: every sample is stored at its own time,
// every deadline is met to the millisecond, and what partitions tell each other
// arrives at once. So the same input gives the same incidents, ids included.
// What [Run] does not show is what comes between a measurement and its storing:
// CloudWatch's delay, a late sample, two sources a second apart.
//
// # Stored logs
//
// [Log] replays a log of samples as it was stored, entry by entry, with all that
// came late or twice: for long histories, in memory that grows with the series and
// the incidents. [CSV] makes such a log of files. [Diff] says what other policies
// change (`parley policy replay`).
//
// # Tests of policies
//
// [ParseFile] reads tests of policies as people write them, and [File.Run] runs
// them (`parley policy test`):
//
//	policies: [../ec2.yaml]        # default: ../<this file's name>
//	interval: 5m
//	units: {cpu: "%"}
//	tests:
//	  - name: an hour of full load
//	    series:
//	      cpu{instance_id="i-1"}: 10x5 97x20 40x10 _x3
//	    incidents:
//	      - {policy: cpu-high, opened: 40m, resolved: 2h5m, labels: {instance_id: i-1}}
//	  - name: load of a moment
//	    series:
//	      cpu{instance_id="i-1"}: 10x5 97x2 10x20
//	    none: true
//
// Values follow each other at the interval, the first at 0: `10` is one, `10x5`
// five, `10..90x9` nine from 10 to 90 in equal steps, `_` and `_x3` none for one
// and three intervals. A value may have a unit: `20GiBx5`. All policies of the
// files are in force, and every incident that opens has to be expected; one
// without `resolved` has to be open at the end, which is `until` or else one
// interval after the last value.
//
// Everything here is pure but for reading files, and safe for any number of
// goroutines.
package replay
