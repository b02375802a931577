package yamlfile

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Value returns a mapping's value by key; nil if n is none, or has no such key.
func Value(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// Text writes a node as this project's files are written: two spaces, and lines
// that a flow mapping fills.
func Text(n *yaml.Node) (string, error) {
	var b strings.Builder
	d, err := yaml.NewDumper(&b, yaml.WithIndent(2), yaml.WithCompactSeqIndent(false), yaml.WithLineWidth(120))
	if err != nil {
		return "", err
	}
	err = d.Dump(n)
	return b.String(), errors.Join(err, d.Close())
}
