// Package actiontest is what every kind of action must satisfy ([Run]), and
// the small fakes that tests of actions share: a JVM with Jolokia ([JVM]), a
// sandbox's fleet ([Fleet]) and the part of an evaluator that answers about
// incidents ([Evaluator]). The fakes are Go values and RoundTrippers, without
// sockets, fit for synctest bubbles.
package actiontest
