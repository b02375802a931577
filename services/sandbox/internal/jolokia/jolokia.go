package jolokia

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// Beans is one JVM's MBean server.
type Beans interface {
	// Names returns the names of all MBeans.
	Names() []string
	// Read returns the attributes of an MBean; false if there is no such MBean.
	Read(name string) (map[string]any, bool)
	// Exec runs an operation. It returns ErrNoOperation where the MBean has none such.
	Exec(name, operation string, args []any) (any, error)
}

// Handler serves the JVMs that find knows, under /jolokia/<app>/. With a user, it
// demands that name and password.
type Handler struct {
	find           func(app string) (Beans, bool)
	user, password string
}

// New returns a Handler; user "" means that anybody may ask.
func New(find func(app string) (Beans, bool), user, password string) *Handler {
	return &Handler{find: find, user: user, password: password}
}

const maxBody = 1 << 20

// request is one element of a Jolokia request.
type request struct {
	Type      string `json:"type"`
	MBean     string `json:"mbean,omitempty"`
	Attribute any    `json:"attribute,omitempty"`
	Path      string `json:"path,omitempty"`
	Operation string `json:"operation,omitempty"`
	Arguments []any  `json:"arguments,omitempty"`
}

func (h *Handler) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if h.user != "" {
		user, password, _ := r.BasicAuth()
		if subtle.ConstantTimeCompare([]byte(user), []byte(h.user))&subtle.ConstantTimeCompare([]byte(password), []byte(h.password)) == 0 {
			rw.Header().Set("WWW-Authenticate", `Basic realm="jolokia"`)
			http.Error(rw, "401 Unauthorized", http.StatusUnauthorized)
			return
		}
	}
	rest := strings.TrimPrefix(r.URL.EscapedPath(), "/jolokia/")
	app, rest, _ := strings.Cut(rest, "/")
	beans, ok := h.find(app)
	if !ok {
		http.NotFound(rw, r)
		return
	}
	var answer any
	switch r.Method {
	case http.MethodGet:
		req, err := parsePath(rest)
		if err != nil {
			answer = broken(req, http.StatusBadRequest, "java.lang.IllegalArgumentException", err.Error())
		} else {
			answer = serve(beans, req)
		}
	case http.MethodPost:
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			http.Error(rw, "unreadable", http.StatusBadRequest)
			return
		}
		answer = servePost(beans, body)
	default:
		http.Error(rw, "405 Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8") // as the agent does
	rw.Header().Set("Cache-Control", "no-cache")
	_ = json.NewEncoder(rw).Encode(answer)
}

func servePost(beans Beans, body []byte) any {
	if body = bytes.TrimSpace(body); len(body) > 0 && body[0] == '[' {
		var bulk []request
		if err := json.Unmarshal(body, &bulk); err != nil {
			return broken(request{}, http.StatusBadRequest, "java.lang.IllegalArgumentException", "Invalid JSON request")
		}
		list := []any{}
		for _, req := range bulk {
			list = append(list, serve(beans, req))
		}
		return list
	}
	var req request
	if err := json.Unmarshal(body, &req); err != nil {
		return broken(req, http.StatusBadRequest, "java.lang.IllegalArgumentException", "Invalid JSON request")
	}
	return serve(beans, req)
}

// parsePath reads the GET form: type/mbean/attribute/path or exec/mbean/operation/arg/arg.
// "!/" is a slash within a part.
func parsePath(escaped string) (request, error) {
	const slash = "\x00"
	var parts []string
	for part := range strings.SplitSeq(strings.ReplaceAll(strings.Trim(escaped, "/"), "!/", slash), "/") {
		text, err := url.PathUnescape(part)
		if err != nil {
			return request{}, fmt.Errorf("bad path: %w", err)
		}
		parts = append(parts, strings.ReplaceAll(text, slash, "/"))
	}
	req := request{Type: parts[0]}
	if req.Type == "" {
		req.Type = "version"
	}
	if len(parts) > 1 {
		req.MBean = parts[1]
	}
	switch {
	case req.Type == "exec" && len(parts) > 2:
		req.Operation = parts[2]
		for _, a := range parts[3:] {
			req.Arguments = append(req.Arguments, a)
		}
	case req.Type == "read" && len(parts) > 2:
		req.Attribute, req.Path = parts[2], strings.Join(parts[3:], "/")
	}
	return req, nil
}

func done(req request, value any) map[string]any {
	return map[string]any{"request": req, "value": value, "timestamp": time.Now().Unix(), "status": http.StatusOK}
}

func broken(req request, status int, exception, text string) map[string]any {
	return map[string]any{
		"request": req, "status": status, "error_type": exception, "error": exception + " : " + text,
		"stacktrace": exception + ": " + text + "\n\tat org.jolokia.server.core.backend.BackendManager.handleRequest",
	}
}

func serve(beans Beans, req request) map[string]any {
	switch req.Type {
	case "version":
		return done(req, map[string]any{
			"agent": "2.1.1", "protocol": "7.2", "config": map[string]any{"agentType": "jvm"},
			"info": map[string]any{"product": "sandbox", "vendor": "Parley"},
		})
	case "search":
		names := []string{}
		for _, name := range beans.Names() {
			if matches(req.MBean, name) {
				names = append(names, name)
			}
		}
		return done(req, names)
	case "list":
		return done(req, listing(beans))
	case "read":
		return read(beans, req)
	case "exec":
		return exec(beans, req)
	default:
		return broken(req, http.StatusBadRequest, "java.lang.IllegalArgumentException", fmt.Sprintf("No type with name '%s' exists", req.Type))
	}
}

func missing(req request) map[string]any {
	return broken(req, http.StatusNotFound, "javax.management.InstanceNotFoundException", req.MBean)
}

func read(beans Beans, req request) map[string]any {
	if strings.ContainsAny(req.MBean, "*?") {
		found := map[string]any{}
		for _, name := range beans.Names() {
			if attributes, ok := beans.Read(name); ok && matches(req.MBean, name) {
				found[name] = attributes
			}
		}
		if len(found) == 0 {
			return missing(req)
		}
		return done(req, found)
	}
	attributes, ok := beans.Read(Canonical(req.MBean))
	if !ok {
		return missing(req)
	}
	var value any = attributes
	switch wanted := req.Attribute.(type) {
	case string:
		if value, ok = attributes[wanted]; !ok {
			return broken(req, http.StatusNotFound, "javax.management.AttributeNotFoundException", "No such attribute: "+wanted)
		}
	case []any:
		some := map[string]any{}
		for _, name := range wanted {
			if v, ok := attributes[fmt.Sprint(name)]; ok {
				some[fmt.Sprint(name)] = v
			}
		}
		value = some
	}
	if req.Path != "" {
		for key := range strings.SplitSeq(req.Path, "/") {
			inner, ok := value.(map[string]any)
			if value, ok = inner[key]; !ok {
				return broken(req, http.StatusNotFound, "javax.management.AttributeNotFoundException", "Invalid path: "+req.Path)
			}
		}
	}
	return done(req, value)
}

func exec(beans Beans, req request) map[string]any {
	name := Canonical(req.MBean)
	if _, ok := beans.Read(name); !ok {
		return missing(req)
	}
	operation, _, _ := strings.Cut(req.Operation, "(")
	value, err := beans.Exec(name, operation, req.Arguments)
	if err != nil {
		return broken(req, http.StatusBadRequest, "java.lang.IllegalArgumentException",
			fmt.Sprintf("No operation %s found on MBean %s", req.Operation, req.MBean))
	}
	return done(req, value)
}

// listing is the short form of Jolokia's list: domain, key properties, attributes.
func listing(beans Beans) map[string]any {
	domains := map[string]any{}
	for _, name := range beans.Names() {
		domain, keys, _ := strings.Cut(name, ":")
		if domains[domain] == nil {
			domains[domain] = map[string]any{}
		}
		attributes, _ := beans.Read(name)
		described := map[string]any{}
		for key := range attributes {
			described[key] = map[string]any{"rw": false, "type": "java.lang.Object", "desc": key}
		}
		domains[domain].(map[string]any)[keys] = map[string]any{"attr": described}
	}
	return domains
}

// Canonical sorts the key properties of an MBean's name, so that two spellings of
// one name are the same.
func Canonical(name string) string {
	domain, keys, ok := strings.Cut(name, ":")
	if !ok {
		return name
	}
	list := strings.Split(keys, ",")
	slices.Sort(list)
	return domain + ":" + strings.Join(list, ",")
}

// matches compares a name with a pattern of JMX: * in the domain or a value, and a
// key list that ends with ",*" for any further keys.
func matches(pattern, name string) bool {
	wantDomain, wantKeys, ok := strings.Cut(pattern, ":")
	domain, keys, _ := strings.Cut(name, ":")
	if hit, err := path.Match(wantDomain, domain); !ok || err != nil || !hit {
		return false
	}
	wanted, have := strings.Split(wantKeys, ","), strings.Split(keys, ",")
	open := slices.Contains(wanted, "*")
	wanted = slices.DeleteFunc(wanted, func(k string) bool { return k == "*" })
	if !open && len(wanted) != len(have) {
		return false
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(have, func(k string) bool { hit, err := path.Match(w, k); return err == nil && hit }) {
			return false
		}
	}
	return true
}
