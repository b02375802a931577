// Package sandbox operates the local sandbox's applications: restart, roll
// back, clean a disk.
//
//	kind: sandbox
//	sandbox:
//	  url: "{{ settings.sandbox_url }}"   # the default
//	  app: "{{ labels.service }}"
//	  operation: restart
//	  token: env:FLEET_TOKEN              # default: --actioner-sandbox-token
//
// The sandbox remembers the run id that comes as Idempotency-Key, so a run may
// be repeated ([action.Tokened]) and has one effect.
package sandbox
