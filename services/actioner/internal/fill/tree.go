package fill

import (
	"errors"
	"fmt"
)

// Tree is plain values, as in JSON, whose texts are templates.
type Tree struct{ root any }

// ParseTree reads a tree of map[string]any, []any and scalars; nil for nil.
func ParseTree(tree any) (*Tree, error) {
	if tree == nil {
		return nil, nil
	}
	root, err := templates(tree)
	return &Tree{root}, err
}

// Fill returns the tree with its templates filled.
func (t *Tree) Fill(v Values) (any, error) { return filled(t.root, v) }

func templates(tree any) (any, error) {
	switch x := tree.(type) {
	case string:
		return Parse(x)
	case []any:
		out := make([]any, len(x))
		var errs []error
		for i, e := range x {
			var err error
			out[i], err = templates(e)
			errs = append(errs, err)
		}
		return out, errors.Join(errs...)
	case map[string]any:
		out := make(map[string]any, len(x))
		var errs []error
		for n, e := range x {
			var err error
			out[n], err = templates(e)
			errs = append(errs, err)
		}
		return out, errors.Join(errs...)
	case nil, bool, int, int64, uint64, float64:
		return x, nil
	}
	return nil, fmt.Errorf("%T cannot stand in JSON; keys have to be text", tree)
}

func filled(tree any, v Values) (any, error) {
	switch x := tree.(type) {
	case Template:
		return x.Fill(v, nil)
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			var err error
			if out[i], err = filled(e, v); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(x))
		for n, e := range x {
			var err error
			if out[n], err = filled(e, v); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return tree, nil
}
