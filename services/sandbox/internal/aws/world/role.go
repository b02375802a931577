package world

import (
	"github.com/parley-ops/parley/services/sandbox/internal/aws/iam"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// Role is what somebody can be for a while.
type Role struct {
	Name       string
	Trusts     []string // accounts whose callers may assume it
	ExternalID string   // that they have to give; empty for none
	Policies   []iam.Policy
}

// policies are those of the caller's role; none for a role that is gone.
func (w *World) policies(c wire.Caller) []iam.Policy {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.roles[c.Account][c.Role].Policies
}
