package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

const (
	maxFields = 20_000 // of a form
	maxDepth  = 32     // of any tree
)

var errDepth = fmt.Errorf("more than %d levels", maxDepth)

func decodeCBOR(body []byte) (Node, error) {
	if len(body) == 0 {
		return newNode(nil), nil
	}
	v, err := cbor.Decode(body)
	if err != nil {
		return Node{}, err
	}
	plain, err := fromCBOR(v, 0)
	return newNode(plain), err
}

func fromCBOR(v cbor.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	switch v := v.(type) {
	case cbor.Map:
		out := make(map[string]any, len(v))
		for key, e := range v {
			plain, err := fromCBOR(e, depth+1)
			if err != nil {
				return nil, err
			}
			if plain != nil {
				out[key] = plain
			}
		}
		return out, nil
	case cbor.List:
		out := make([]any, 0, len(v))
		for _, e := range v {
			plain, err := fromCBOR(e, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, plain)
		}
		return out, nil
	case cbor.String:
		return string(v), nil
	case cbor.Slice:
		return []byte(v), nil
	case cbor.Bool:
		return bool(v), nil
	case cbor.Uint:
		if v > math.MaxInt64 {
			return float64(v), nil
		}
		return int64(v), nil
	case cbor.NegInt:
		if v == 0 || v > math.MaxInt64 { // 0 stands for 2^64
			return nil, errors.New("integer out of range")
		}
		return -int64(v), nil
	case cbor.Float32:
		return float64(v), nil
	case cbor.Float64:
		return float64(v), nil
	case *cbor.Tag:
		return fromTag(v, depth)
	}
	return nil, nil // nil and undefined
}

// fromTag knows tag 1, seconds since 1970, and passes over the others.
func fromTag(t *cbor.Tag, depth int) (any, error) {
	plain, err := fromCBOR(t.Value, depth+1)
	if err != nil || t.ID != 1 {
		return plain, err
	}
	seconds := newNode(plain).Number()
	if math.IsNaN(seconds) || math.Abs(seconds) > 1e12 {
		return nil, errors.New("time out of range")
	}
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), nil
}

func decodeJSON(body []byte) (Node, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return newNode(nil), nil
	}
	if depth(body) > maxDepth {
		return Node{}, errDepth
	}
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		return Node{}, err
	}
	drop(v)
	return newNode(v), nil
}

// depth is how deep brackets nest outside strings.
func depth(body []byte) int {
	most, now, text := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			now++
			most = max(most, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return most
}

// drop removes null members, which are the same as none.
func drop(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			if e == nil {
				delete(v, key)
			} else {
				drop(e)
			}
		}
	case []any:
		for _, e := range v {
			drop(e)
		}
	}
}

// branch is a part of a form's tree: Filter.1.Value.2=x has four below the root.
type branch struct {
	text string
	kids map[string]*branch
}

func decodeForm(texts ...string) (Node, error) {
	root := &branch{}
	for _, text := range texts {
		values, err := query(text)
		if err != nil {
			return Node{}, err
		}
		for name, value := range values {
			parts := strings.Split(name, ".")
			if len(parts) > maxDepth {
				return Node{}, errDepth
			}
			at := root
			for _, part := range parts {
				if at.kids == nil {
					at.kids = map[string]*branch{}
				}
				if at.kids[part] == nil {
					at.kids[part] = &branch{}
				}
				at = at.kids[part]
			}
			at.text = value[0]
		}
	}
	return newNode(root), nil
}

// list returns the elements of a list: those numbered below the branch (EC2, and
// flattened lists), or below its only child (Query: "member", "entry", "Filter").
func (b *branch) list() []*branch {
	if len(b.kids) == 1 {
		for name, only := range b.kids {
			if _, err := strconv.Atoi(name); err != nil {
				b = only
			}
		}
	}
	type numbered struct {
		at  int
		kid *branch
	}
	var all []numbered
	for name, kid := range b.kids {
		if at, err := strconv.Atoi(name); err == nil {
			all = append(all, numbered{at, kid})
		}
	}
	slices.SortFunc(all, func(x, y numbered) int { return x.at - y.at })
	out := make([]*branch, len(all))
	for i, n := range all {
		out[i] = n.kid
	}
	return out
}

func withRoute(ctx context.Context, r *route) context.Context {
	return context.WithValue(ctx, routeKey{}, r)
}

// discard is where [http.ServeMux] writes its own 404.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
