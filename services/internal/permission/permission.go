package permission

import (
	"slices"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Allows reports whether the list names the actor: by group ("@ops"), by id or
// name, or by backend and id or name ("slack:U0123", "cli:operator").
func Allows(list []string, who *eventv1.Actor) bool {
	id, name := who.GetPerson().GetId(), who.GetPerson().GetName()
	if id == "" {
		return false
	}
	return slices.ContainsFunc(list, func(entry string) bool {
		switch {
		case entry == "" || entry == "@":
			return false
		case strings.HasPrefix(entry, "@"):
			return slices.Contains(who.GetGroups(), entry)
		case entry == id || entry == name:
			return true
		}
		backend, person, ok := strings.Cut(entry, ":")
		return ok && person != "" && backend == who.GetBackend() && (person == id || person == name)
	})
}
