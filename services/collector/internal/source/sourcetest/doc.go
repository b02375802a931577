// Package sourcetest is what every source has to satisfy; its test calls [Run].
//
// It checks that New does nothing (it is quick and needs nothing), that samples
// come whose series keep to the grammar, that a sink which refuses does not end
// the source, and that Run ends with its context, without an error.
package sourcetest
