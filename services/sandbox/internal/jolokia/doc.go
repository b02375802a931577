// Package jolokia answers the Jolokia protocol (JMX over HTTP and JSON) for
// applications that exist only in the sandbox:
//
//	POST /jolokia/checkout  {"type":"exec","mbean":"java.lang:type=Memory","operation":"gc"}
//	GET  /jolokia/checkout/read/java.lang:type=Memory/HeapMemoryUsage
//
// read, exec, search, list and version are answered, alone or in bulk, with
// patterns in the MBean's name for read and search. Errors are Jolokia's: HTTP 200
// with a "status" of 404 and the Java exception in the element, as the real agent
// does for POST. A Handler may be used from several goroutines if its Beans may.
//
// Source: jolokia.org/reference/html/manual/jolokia_protocol.html (protocol 7.2).
package jolokia
