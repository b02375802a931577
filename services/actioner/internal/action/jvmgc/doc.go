// Package jvmgc asks a JVM to collect its garbage, over Jolokia (JMX as HTTP
// and JSON), and says what came of it: "heap 97 % → 35 %, 1 collection".
//
//	kind: jvm-gc
//	jvm-gc:
//	  url: "http://{{ labels.instance }}:8778/jolokia/"
//	  hosts: ["*.shop.internal"]   # needed when a label is in the host
//	  operation: gc                # or gcRun (DiagnosticCommand)
//	  user: parley                 # optional, with
//	  password: env:JOLOKIA_PASSWORD
//
// Heap and collections are read before and after, so a JVM that is told to
// ignore the call (-XX:+DisableExplicitGC) is found out: the call succeeds
// there and nothing happens. Repeating a collection is harmless, so a run may
// be repeated ([action.Tokened]).
//
// The agent's policy needs: read of java.lang:type=Memory,
// java.lang:type=GarbageCollector,name=* and (only to name the cause of no
// effect) java.lang:type=Runtime InputArguments; exec of the one operation.
//
// Source: jolokia.org, reference manual, "Jolokia protocol".
package jvmgc
