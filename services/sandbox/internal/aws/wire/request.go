package wire

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// MaxBody bounds a request's body, before and after decompression, in bytes.
const MaxBody = 16 << 20

type protocol int

const (
	protocolQuery protocol = iota
	protocolEC2
	protocolJSON
	protocolCBOR
	protocolREST
)

// Request is one call of an operation. Its [Node] is the input.
type Request struct {
	Node
	Service   Service
	Operation string
	Region    string // of the signature
	Caller    Caller
	ID        string
	Body      []byte // as it came, decompressed
	HTTP      *http.Request

	protocol  protocol
	resources []string
	route     *http.Request
	metrics   int
}

// Action is the request's action as policies name it: "cloudwatch:GetMetricData".
func (r *Request) Action() string { return r.Service.IAM + ":" + r.Operation }

// Protocol names the form that the request came in.
func (r *Request) Protocol() string {
	return [...]string{protocolQuery: "query", protocolEC2: "ec2", protocolJSON: "json", protocolCBOR: "cbor", protocolREST: "rest"}[r.protocol]
}

// Touch notes resources that the request reads or changes, for the log of calls.
func (r *Request) Touch(ids ...string) { r.resources = append(r.resources, ids...) }

// Touched returns what [Request.Touch] noted.
func (r *Request) Touched() []string { return r.resources }

// Bill notes that the request asks for n metrics, for the meter.
func (r *Request) Bill(n int) { r.metrics += n }

// Billed returns what [Request.Bill] noted.
func (r *Request) Billed() int { return r.metrics }

// PathValue is a part of a REST request's path.
func (r *Request) PathValue(name string) string {
	if r.route == nil {
		return ""
	}
	return r.route.PathValue(name)
}

// Err is about values that the operation asked for and that have the wrong type; nil
// if there are none.
func (r *Request) Err() error {
	if r.wrong == nil || *r.wrong == "" {
		return nil
	}
	return &Error{Code: "ValidationError", JSON: "SerializationException", Message: *r.wrong}
}

// guess tells the protocol before the service is known.
func guess(r *http.Request) protocol {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Smithy-Protocol") != "" || kind == "application/cbor":
		return protocolCBOR
	case r.Header.Get("X-Amz-Target") != "":
		return protocolJSON
	case kind == "application/x-www-form-urlencoded" || r.URL.Query().Has("Action"):
		return protocolQuery
	}
	return protocolREST
}

// read reads the body and decodes it.
func (r *Request) read() error {
	body, err := readBody(r.HTTP)
	if err != nil {
		return err
	}
	r.Body = body
	switch r.protocol {
	case protocolCBOR:
		r.Node, err = decodeCBOR(body)
	case protocolJSON:
		r.Node, err = decodeJSON(body)
	case protocolQuery, protocolEC2:
		r.Node, err = decodeForm(string(body), r.HTTP.URL.RawQuery)
	case protocolREST:
		if r.Node, err = decodeJSON(body); err != nil {
			r.Node, err = newNode(nil), nil // a payload of any kind, such as Invoke's
		}
	}
	if err != nil {
		return &Error{Code: "MalformedQueryString", JSON: "SerializationException", Message: err.Error()}
	}
	return nil
}

var errTooLarge = &Error{Code: "RequestEntityTooLarge", JSON: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge, Message: "Request size exceeded 16 MiB"}

func readBody(hr *http.Request) ([]byte, error) {
	if hr.Body == nil {
		return nil, nil
	}
	var from io.Reader = io.LimitReader(hr.Body, MaxBody+1)
	if hr.Header.Get("Content-Encoding") == "gzip" {
		unzip, err := gzip.NewReader(from)
		if err != nil {
			return nil, Errorf("SerializationException", "the body is not gzip: %v", err)
		}
		from = io.LimitReader(unzip, MaxBody+1)
	}
	body, err := io.ReadAll(from)
	var big *http.MaxBytesError
	switch {
	case len(body) > MaxBody || errors.As(err, &big):
		return nil, errTooLarge
	case err != nil:
		return nil, Errorf("SerializationException", "read the body: %v", err)
	}
	return body, nil
}

// find names the operation and returns it.
func (r *Request) find(to *served) (Operation, error) {
	switch r.protocol {
	case protocolCBOR:
		// /service/<target>/operation/<name>
		parts := strings.Split(strings.Trim(r.HTTP.URL.Path, "/"), "/")
		if len(parts) != 4 || parts[0] != "service" || parts[1] != to.Target || parts[2] != "operation" {
			return nil, unknownOperation(r.HTTP.URL.Path)
		}
		r.Operation = parts[3]
	case protocolJSON:
		target, name, _ := strings.Cut(r.HTTP.Header.Get("X-Amz-Target"), ".")
		if target != to.Target {
			return nil, unknownOperation(r.HTTP.Header.Get("X-Amz-Target"))
		}
		r.Operation = name
	case protocolQuery, protocolEC2:
		r.Operation = r.Text("Action")
		if to.Version == "" {
			return nil, unknownOperation(r.Operation)
		}
	case protocolREST:
		return r.match(to)
	}
	if op := to.operations[r.Operation]; op != nil {
		return op, nil
	}
	return nil, unknownOperation(r.Operation)
}

// match finds a REST operation by its path.
func (r *Request) match(to *served) (Operation, error) {
	if to.routes == nil {
		return nil, unknownOperation(r.HTTP.URL.Path)
	}
	found := &route{}
	to.routes.ServeHTTP(discard{}, r.HTTP.WithContext(withRoute(r.HTTP.Context(), found)))
	if found.op == nil {
		return nil, unknownOperation(r.HTTP.Method + " " + r.HTTP.URL.Path)
	}
	r.Operation, r.route = found.name, found.http
	return found.op, nil
}

func unknownOperation(name string) error {
	return &Error{Code: "InvalidAction", JSON: "UnknownOperationException", Message: fmt.Sprintf("Could not find operation %s", name)}
}

// NewID is an id as AWS writes those of requests.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// query parses a form, bounded.
func query(text string) (url.Values, error) {
	if bytes.Count([]byte(text), []byte("&")) > maxFields {
		return nil, fmt.Errorf("more than %d fields", maxFields)
	}
	return url.ParseQuery(text)
}
