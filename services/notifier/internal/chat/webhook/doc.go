// Package webhook tells any HTTP endpoint of incidents, as JSON or XML, in the
// words of a template if one is given.
//
//	{"event":"opened","id":"3f…/root/opened/open-critical","incident":"3f…","state":"open","severity":"critical","finding":"heap is 97 %", …}
//
// # Guarantees
//
// A document is well-formed whatever labels and texts contain: in a template
// every value is escaped for the format where it stands, without being asked to.
// A template is tried with the worst values before anything starts.
//
// An event is sent at least once, and again with the same id and body: in the
// body, and in the header X-Parley-Delivery. With a signing secret
// X-Parley-Signature is "v1=" and the hex HMAC-SHA256 of "v1:", the header
// X-Parley-Timestamp (Unix seconds), ":" and the body.
//
// Errors carry no URL but its host, and no secret.
package webhook
