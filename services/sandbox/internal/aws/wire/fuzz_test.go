package wire

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go/encoding/cbor"
)

// describe writes a CBOR value as a text, with maps sorted.
func describe(v cbor.Value) string {
	switch v := v.(type) {
	case cbor.Map:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+": "+describe(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case cbor.List:
		var parts []string
		for _, e := range v {
			parts = append(parts, describe(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *cbor.Tag:
		return fmt.Sprintf("%d(%s)", v.ID, describe(v.Value))
	}
	return fmt.Sprintf("%T(%v)", v, v)
}

// walk asks a node for everything that an operation may ask for.
func walk(n Node, depth int) {
	_, _, _, _ = n.String(), n.Number(), n.Is(), n.Names()
	if depth > maxDepth+1 {
		panic("a tree is deeper than it may be")
	}
	for _, name := range n.Names() {
		_, _, _, _, _ = n.Text(name), n.Int(name, 1), n.Float(name), n.Bool(name), n.Time(name)
		_, _, _ = n.Bytes(name), n.Texts(name), n.Map(name)
		for _, e := range n.List(name) {
			walk(e, depth+1)
		}
		walk(n.Get(name), depth+1)
	}
}

// FuzzRequest sends any body in each protocol: it is decoded or refused, and never a
// failure of the server.
func FuzzRequest(f *testing.F) {
	f.Add(0, []byte("Action=Op&Dims.member.1.Name=a&T.1.entry=2026-11-22"))
	f.Add(1, []byte(`{"a":[1,2.5,"x",null,{"b":true}],"At":1.5e9}`))
	f.Add(2, cbor.Encode(cbor.Map{"a": cbor.List{cbor.Uint(1), &cbor.Tag{ID: 1, Value: cbor.Float64(1.5e9)}}, "n": cbor.NegInt(3)}))
	f.Add(2, []byte("\xbf\x61a\x9f\xff\xff"))
	changes := []func(*testing.T, []byte) int{}
	op := func(_ context.Context, r *Request) (Answer, error) {
		walk(r.Node, 0)
		return Map{"Echo": r.Text("Action")}, nil
	}
	changes = append(changes,
		func(t *testing.T, body []byte) int { return ask(t, op, "Action=Op&"+string(body), form).Code },
		func(t *testing.T, body []byte) int { return ask(t, op, string(body), json10).Code },
		func(t *testing.T, body []byte) int { return ask(t, op, string(body), rpc).Code },
	)
	f.Fuzz(func(t *testing.T, which int, body []byte) {
		if which < 0 || which > 2 {
			return
		}
		if code := changes[which](t, body); code >= 500 {
			t.Errorf("status %d", code)
		}
	})
}

// FuzzAuthorization reads any signature.
func FuzzAuthorization(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=A/20261122/r/s/aws4_request, SignedHeaders=host, Signature=00", "20261122T120000Z")
	f.Fuzz(func(t *testing.T, header, date string) {
		rw := ask(t, nil, "", func(r *http.Request) {
			r.Header["Authorization"], r.Header["X-Amz-Date"] = []string{header}, []string{date}
			r.URL.RawQuery = "Action=None"
		})
		if rw.Code < 400 || rw.Code >= 500 {
			t.Errorf("status %d", rw.Code)
		}
	})
}
