package wire

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// Answer is what an operation returns: a [Map] or [Raw].
type Answer interface{ answer() }

// Map is a structure of an answer. Members may be string, bool, int, int64, float64,
// time.Time, []byte, Map, List, []string, []Map, map[string]string (or float64), and
// nil, which is left out, as is a nil Map.
type Map map[string]any

// List is a list of an answer; its elements are as those of a [Map].
type List []any

// Raw is an answer that is its own encoding, such as Lambda's Invoke.
type Raw struct {
	Status int
	Header http.Header
	Body   []byte
}

func (Map) answer() {}
func (Raw) answer() {}

// named is a list whose elements have a name of their own in XML.
type named struct {
	element string
	list    List
}

// Named is a list whose elements are called element in XML: Named("DBInstance", ...)
// is <DBInstances><DBInstance>…</DBInstance></DBInstances>.
func Named(element string, list List) any { return named{element, list} }

func (r *Request) write(rw http.ResponseWriter, a Answer) {
	if raw, ok := a.(Raw); ok {
		for name, values := range raw.Header {
			rw.Header()[name] = values
		}
		rw.Header().Set("X-Amzn-RequestId", r.ID)
		rw.WriteHeader(raw.Status)
		_, _ = rw.Write(raw.Body)
		return
	}
	m, _ := a.(Map)
	if m == nil && (r.protocol == protocolCBOR || r.protocol == protocolJSON || r.protocol == protocolREST) {
		m = Map{}
	}
	switch r.protocol {
	case protocolCBOR:
		r.send(rw, http.StatusOK, "application/cbor", cbor.Encode(toCBOR(m)))
	case protocolJSON, protocolREST:
		r.send(rw, http.StatusOK, r.jsonType(), toJSON(m))
	default:
		r.send(rw, http.StatusOK, "text/xml", r.xmlAnswer(m))
	}
}

func (r *Request) writeError(rw http.ResponseWriter, e *Error) {
	h := rw.Header()
	if r.HTTP.Header.Get("X-Amzn-Query-Mode") == "true" {
		h.Set("X-Amzn-Query-Error", e.Code+";"+e.typ())
	}
	switch r.protocol {
	case protocolCBOR:
		r.send(rw, e.status(), "application/cbor", cbor.Encode(cbor.Map{"__type": cbor.String(e.json()), "message": cbor.String(e.Message)}))
	case protocolJSON:
		r.send(rw, e.status(), r.jsonType(), toJSON(Map{"__type": e.json(), "message": e.Message}))
	case protocolREST:
		h.Set("X-Amzn-ErrorType", e.json())
		r.send(rw, e.status(), r.jsonType(), toJSON(Map{"Type": "User", "message": e.Message, "Message": e.Message}))
	default:
		r.send(rw, e.status(), "text/xml", r.xmlError(e))
	}
}

func (r *Request) send(rw http.ResponseWriter, status int, kind string, body []byte) {
	h := rw.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Amzn-RequestId", r.ID)
	if r.protocol == protocolCBOR {
		h.Set("Smithy-Protocol", "rpc-v2-cbor")
	}
	rw.WriteHeader(status)
	_, _ = rw.Write(body)
}

// jsonType is the content type that the request had, 1.0 or 1.1.
func (r *Request) jsonType() string {
	if kind := r.HTTP.Header.Get("Content-Type"); r.protocol == protocolJSON && kind == "application/x-amz-json-1.0" {
		return kind
	}
	if r.protocol == protocolREST {
		return "application/json"
	}
	return "application/x-amz-json-1.1"
}

func toJSON(m Map) []byte {
	body, err := json.Marshal(plain(m))
	if err != nil {
		panic(err) // an answer of ours that cannot be written is a bug
	}
	return body
}

// plain turns an answer into what encoding/json writes as AWS does.
func plain(v any) any {
	switch v := v.(type) {
	case Map:
		if v == nil {
			return nil
		}
		out := make(map[string]any, len(v))
		for key, e := range v {
			if e := plain(e); e != nil {
				out[key] = e
			}
		}
		return out
	case []Map:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e)
		}
		return out
	case List:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e)
		}
		return out
	case named:
		return plain(v.list)
	case time.Time:
		return float64(v.UnixMilli()) / 1000
	case []string:
		if v == nil {
			return []string{}
		}
		return v
	default:
		return special(v)
	}
}

func toCBOR(v any) cbor.Value {
	switch v := v.(type) {
	case nil:
		return nil
	case Map:
		if v == nil {
			return nil
		}
		out := make(cbor.Map, len(v))
		for key, e := range v {
			if e := toCBOR(e); e != nil {
				out[key] = e
			}
		}
		return out
	case []Map:
		out := make(cbor.List, len(v))
		for i, e := range v {
			out[i] = toCBOR(e)
		}
		return out
	case List:
		out := make(cbor.List, len(v))
		for i, e := range v {
			out[i] = toCBOR(e)
		}
		return out
	case named:
		return toCBOR(v.list)
	case []string:
		out := make(cbor.List, len(v))
		for i, e := range v {
			out[i] = cbor.String(e)
		}
		return out
	case map[string]string:
		out := make(cbor.Map, len(v))
		for key, e := range v {
			out[key] = cbor.String(e)
		}
		return out
	case map[string]float64:
		out := make(cbor.Map, len(v))
		for key, e := range v {
			out[key] = cbor.Float64(e)
		}
		return out
	case string:
		return cbor.String(v)
	case bool:
		return cbor.Bool(v)
	case int:
		return integer(int64(v))
	case int64:
		return integer(v)
	case float64:
		return cbor.Float64(v)
	case []byte:
		return cbor.Slice(v)
	case time.Time:
		return &cbor.Tag{ID: 1, Value: cbor.Float64(float64(v.UnixMilli()) / 1000)}
	}
	panic("an answer has a value of a type that has no encoding")
}

func integer(v int64) cbor.Value {
	if v < 0 {
		return cbor.NegInt(-v)
	}
	return cbor.Uint(v)
}
