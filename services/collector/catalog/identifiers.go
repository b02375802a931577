package catalog

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// identifiers collects the names that a formula uses.
type identifiers struct{ names []string }

// Visit is called by expr for every node.
func (f *identifiers) Visit(n *ast.Node) {
	if id, ok := (*n).(*ast.IdentifierNode); ok && !slices.Contains(f.names, id.Value) {
		f.names = append(f.names, id.Value)
	}
}
