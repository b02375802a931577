// Package doctortest is a stand-in for AWS that knows permissions, two alarms, and nothing else:
//
//	aws := &doctortest.AWS{Denied: []string{"ec2:StopInstances"}}
//	server := httptest.NewServer(aws)
//
// Whoever asks is let in and answered with nothing, in the service's own
// protocol; what is in Denied is refused in it. It remembers what it was asked,
// in Asked, and may be used by several goroutines.
package doctortest
