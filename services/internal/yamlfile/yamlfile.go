package yamlfile

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// MaxDepth is how deeply a file may nest.
const MaxDepth = 50

// Problem is why a file cannot be read. Line and Column count from 1.
type Problem struct {
	Line, Column int
	Text         string
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// Top returns the top node of data with every alias replaced by what it stands
// for (merge keys stay keys); nil if data is empty, or with the problem. It has
// maxNodes nodes at most.
func Top(data []byte, maxNodes int) (*yaml.Node, *Problem) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line := 1
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		return nil, &Problem{line, 1, "not YAML: " + strings.ReplaceAll(err.Error(), "\n", " ")}
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	left := maxNodes
	top := expand(doc.Content[0], &left, 0)
	if top == nil {
		return nil, &Problem{doc.Content[0].Line, doc.Content[0].Column, "too large, or nested too deeply"}
	}
	return top, nil
}

// expand returns a copy of n without aliases; nil when that is too large.
func expand(n *yaml.Node, left *int, depth int) *yaml.Node {
	*left--
	if *left < 0 || depth > MaxDepth {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		if n.Alias == nil {
			return nil
		}
		n = n.Alias
	}
	c := *n
	c.Anchor, c.Content = "", make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		if c.Content[i] = expand(child, left, depth+1); c.Content[i] == nil {
			return nil
		}
	}
	return &c
}
