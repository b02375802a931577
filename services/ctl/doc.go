// Command parley is Parley's command line.
package main
