package actiontest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// JVM is a JVM behind Jolokia. Safe for use by several goroutines.
type JVM struct {
	mu          sync.Mutex
	heap        float64 // percent
	collections int
	execs       int
	// Ignore is -XX:+DisableExplicitGC.
	Ignore bool
	// User and Password are asked for if there are any.
	User, Password string
	// Broken, if set, may answer or fail instead. before says that the request
	// did not reach the JVM yet; it is asked once more after.
	Broken func(r *http.Request, body string, before bool) (*http.Response, error)
}

var _ http.RoundTripper = (*JVM)(nil)

// NewJVM returns a JVM with this share of its heap in use, in percent.
func NewJVM(heap float64) *JVM { return &JVM{heap: heap} }

// Collections returns how many collections there were.
func (j *JVM) Collections() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.collections
}

// Execs returns how often it was asked to collect.
func (j *JVM) Execs() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.execs
}

// RoundTrip answers a bulk request.
func (j *JVM) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if j.Broken != nil {
		if resp, err := j.Broken(r, string(body), true); resp != nil || err != nil {
			return resp, err
		}
	}
	resp := j.answer(r, body)
	if j.Broken != nil {
		if resp, err := j.Broken(r, string(body), false); resp != nil || err != nil {
			return resp, err
		}
	}
	return resp, nil
}

func (j *JVM) answer(r *http.Request, body []byte) *http.Response {
	if user, password, _ := r.BasicAuth(); j.User != "" && (user != j.User || password != j.Password) {
		return Answer(http.StatusUnauthorized, "who are you, "+user+":"+password+"?")
	}
	var bulk []struct{ Type, MBean, Attribute, Operation string }
	if err := json.Unmarshal(body, &bulk); err != nil {
		return Answer(http.StatusBadRequest, err.Error())
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	out := []map[string]any{}
	for _, q := range bulk {
		e := map[string]any{"status": 200, "request": q}
		switch {
		case q.Type == "exec" && (q.Operation == "gc" || q.Operation == "gcRun"):
			j.execs++
			if !j.Ignore {
				j.collections++
				j.heap = 35
			}
		case q.Attribute == "HeapMemoryUsage":
			e["value"] = map[string]any{"used": int64(j.heap * 1e7), "committed": int64(1e9), "max": int64(1e9)}
		case q.Attribute == "CollectionCount":
			e["value"] = map[string]any{"java.lang:name=G1 Old Generation,type=GarbageCollector": map[string]any{"CollectionCount": 2 + j.collections}}
		case q.Attribute == "InputArguments":
			e["value"] = []string{"-Xmx1g"}
			if j.Ignore {
				e["value"] = []string{"-Xmx1g", "-XX:+DisableExplicitGC"}
			}
		default:
			e["status"], e["error"] = 404, "javax.management.InstanceNotFoundException : "+q.MBean
		}
		out = append(out, e)
	}
	b, _ := json.Marshal(out) // maps of plain values: cannot fail
	return Answer(http.StatusOK, string(b))
}

// Answer returns a response with this status and body.
func Answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}
