package evaluator

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// each calls do with every key and its value below a node, however deep.
func each(n *yaml.Node, do func(key string, value *yaml.Node)) {
	if n == nil {
		return
	}
	for i, below := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 {
			do(n.Content[i-1].Value, below)
		}
		each(below, do)
	}
}

// scalars returns the single values of a key below a node.
func scalars(n *yaml.Node, key string) (out []*yaml.Node) {
	each(n, func(k string, v *yaml.Node) {
		if k == key && v.Kind == yaml.ScalarNode {
			out = append(out, v)
		}
	})
	return out
}

// keysOf names the keys below a node that have single values.
func keysOf(n *yaml.Node) string {
	var names []string
	each(n, func(k string, v *yaml.Node) {
		if v.Kind == yaml.ScalarNode && !slices.Contains(names, k) {
			names = append(names, k)
		}
	})
	return strings.Join(names, ", ")
}
