// Package webhook sends one signed HTTP request.
//
//	kind: webhook
//	webhook:
//	  url: "https://deploy.example.com/hooks/{{ labels.service }}"
//	  hosts: [deploy.example.com]   # demanded for private addresses and for labels in the host
//	  method: POST                  # POST, PUT, PATCH or DELETE
//	  headers: {X-Team: "{{ labels.team }}"}
//	  body: {service: "{{ labels.service }}", reason: "{{ incident.summary }}"}
//	  secret: env:DEPLOY_HOOK_SECRET
//	  idempotent: true              # the other side heeds Idempotency-Key
//
// The body is JSON; values are filled into its strings and cannot leave them.
// Without a body the run's own facts are sent. Sent along:
//
//	Idempotency-Key: <run id>
//	X-Parley-Timestamp: <unix seconds>
//	X-Parley-Signature: v1=<hex of HMAC-SHA256(secret, timestamp + "." + body)>
//
// The receiver computes the same, compares in constant time ([Verify]) and
// refuses timestamps more than five minutes off.
//
// A status from 200 to 299 is done. Redirects are refused. A request that was
// sent and not answered is unknown, unless the action says idempotent: then it
// may be sent again with the same key ([action.Tokened]).
package webhook
