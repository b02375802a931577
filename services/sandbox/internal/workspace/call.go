package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// call is one request to /api/<method>, its arguments from the form, the query or
// a JSON body alike.
type call struct {
	ctx    context.Context
	method string
	args   object
	base   string // scheme and host by which the caller reached the workspace
	token  string // "" for a driving call
}

// failure is an answer with ok false.
type failure struct {
	code       string
	extra      object
	status     int // HTTP; 0 is 200
	retryAfter int // seconds
}

func (f *failure) Error() string { return f.code }

func fail(code string) error { return &failure{code: code} }

// explain is a failure with a sentence for a developer.
func explain(code, format string, args ...any) error {
	return &failure{code: code, extra: object{"message": fmt.Sprintf(format, args...)}}
}

// invalid is Slack's answer to bad blocks.
func invalid(code string, faults []string) error {
	messages := make([]string, len(faults))
	for i, f := range faults {
		messages[i] = "[ERROR] " + f
	}
	return &failure{code: code, extra: object{"errors": faults, "response_metadata": object{"messages": messages}}}
}

func newCall(r *http.Request, method string) (*call, error) {
	c := &call{ctx: r.Context(), method: method, args: object{}, base: baseOf(r)}
	for key, values := range r.URL.Query() {
		c.args[key] = values[0]
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	if len(body) > maxBody {
		return nil, &failure{code: "request_too_large", status: http.StatusRequestEntityTooLarge}
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(bytes.TrimSpace(body)) == 0:
	case kind == "application/json" || (kind == "" && body[0] == '{'):
		if err := decode(body, &c.args); err != nil {
			return nil, fail("invalid_json")
		}
		if c.args == nil { // null
			c.args = object{}
		}
	case kind == "multipart/form-data":
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return nil, fail("invalid_form_data")
		}
		c.form(r.MultipartForm.Value)
	default:
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, fail("invalid_form_data")
		}
		c.form(values)
	}
	c.token, _ = c.args["token"].(string)
	delete(c.args, "token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		c.token = strings.TrimSpace(bearer)
	}
	return c, nil
}

func (c *call) form(values map[string][]string) {
	for key, v := range values {
		c.args[key] = v[0]
	}
}

func (c *call) str(name string) string {
	switch v := c.args[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}

func (c *call) flag(name string) bool {
	s := c.str(name)
	return s == "true" || s == "1"
}

func (c *call) number(name string, otherwise int) int {
	n, err := json.Number(c.str(name)).Int64()
	if err != nil {
		return otherwise
	}
	return int(n)
}

// list returns an argument that is a JSON array, or a string that holds one.
// given is false where the argument is absent.
func (c *call) list(name string) (v []any, given bool, err error) {
	switch raw := c.args[name].(type) {
	case nil:
		return nil, false, nil
	case []any:
		return raw, true, nil
	case string:
		if raw == "" {
			return nil, false, nil
		}
		if err := decode([]byte(raw), &v); err != nil {
			return nil, true, err
		}
		return v, true, nil
	}
	return nil, true, errors.New("not a list")
}

// object returns an argument that is a JSON object, or a string that holds one.
func (c *call) object(name string) (object, error) {
	switch raw := c.args[name].(type) {
	case nil:
		return nil, nil
	case object:
		return raw, nil
	case string:
		if raw == "" {
			return nil, nil
		}
		var v object
		return v, decode([]byte(raw), &v)
	}
	return nil, errors.New("not an object")
}

// decode reads JSON and keeps numbers as they are written.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one JSON value")
	}
	return nil
}

// copyObject returns a deep copy of anything that JSON can hold.
func copyObject[T any](v T) T {
	var out T
	data, err := json.Marshal(v)
	if err == nil {
		err = decode(data, &out)
	}
	if err != nil {
		panic(fmt.Sprintf("copy JSON: %v", err)) // v came from JSON
	}
	return out
}

func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// loopback reports whether the request came from this machine itself.
func loopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}
