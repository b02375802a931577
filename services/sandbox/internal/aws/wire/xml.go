package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// special is what JSON has no number for.
func special(v any) any {
	f, ok := v.(float64)
	switch {
	case !ok:
		return v
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return f
}

func (r *Request) xmlAnswer(m Map) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	fmt.Fprintf(&b, "<%sResponse xmlns=%q>", r.Operation, r.Service.XMLNS)
	if r.protocol == protocolEC2 {
		element(&b, "requestId", r.ID, "item")
		members(&b, m, "item")
	} else {
		if m != nil {
			element(&b, r.Operation+"Result", m, "member")
		}
		b.WriteString("<ResponseMetadata>")
		element(&b, "RequestId", r.ID, "member")
		b.WriteString("</ResponseMetadata>")
	}
	fmt.Fprintf(&b, "</%sResponse>\n", r.Operation)
	return b.Bytes()
}

func (r *Request) xmlError(e *Error) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if r.protocol == protocolEC2 {
		b.WriteString("<Response><Errors>")
		element(&b, "Error", Map{"Code": e.Code, "Message": e.Message}, "item")
		b.WriteString("</Errors>")
		element(&b, "RequestID", r.ID, "item")
		b.WriteString("</Response>\n")
		return b.Bytes()
	}
	fmt.Fprintf(&b, "<ErrorResponse xmlns=%q>", r.Service.XMLNS)
	element(&b, "Error", Map{"Type": e.typ(), "Code": e.Code, "Message": e.Message}, "member")
	element(&b, "RequestId", r.ID, "member")
	b.WriteString("</ErrorResponse>\n")
	return b.Bytes()
}

// members writes a structure's members in the order of their names.
func members(b *bytes.Buffer, m Map, item string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		element(b, name, m[name], item)
	}
}

// element writes one value; item names the elements of lists below it.
func element(b *bytes.Buffer, name string, v any, item string) {
	if v == nil {
		return
	}
	if m, ok := v.(Map); ok && m == nil {
		return
	}
	b.WriteString("<" + name + ">")
	switch v := v.(type) {
	case Map:
		members(b, v, item)
	case []Map:
		for _, e := range v {
			element(b, item, e, item)
		}
	case List:
		for _, e := range v {
			element(b, item, e, item)
		}
	case named:
		for _, e := range v.list {
			element(b, v.element, e, item)
		}
	case []string:
		for _, e := range v {
			element(b, item, e, item)
		}
	case map[string]string:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			element(b, "entry", Map{"key": key, "value": v[key]}, item)
		}
	case map[string]float64:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			element(b, "entry", Map{"key": key, "value": v[key]}, item)
		}
	default:
		_ = xml.EscapeText(b, []byte(scalar(v)))
	}
	b.WriteString("</" + name + ">")
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if text, ok := special(v).(string); ok {
			return text
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	}
	panic(fmt.Sprintf("an answer has a value of type %T, which has no encoding", v))
}
