package jolokia_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/internal/fleet"
	"github.com/parley-ops/parley/services/sandbox/internal/jolokia"
)

func ask(t *testing.T, h *jolokia.Handler, method, path, body string) (int, any) {
	t.Helper()
	rw := httptest.NewRecorder()
	h.ServeHTTP(rw, httptest.NewRequest(method, path, strings.NewReader(body)))
	var answer any
	if rw.Code == 200 {
		if err := json.Unmarshal(rw.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s %s: %s", method, path, rw.Body)
		}
	}
	return rw.Code, answer
}

// at walks into decoded JSON.
func at(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	fresh := func() *jolokia.Handler { return jolokia.New(fleet.New(fleet.Defaults()).Beans, "", "") }
	for name, c := range map[string]struct {
		method, path, body string
		where              []any
		want               any
	}{
		"read":                  {"POST", "/jolokia/checkout", `{"type":"read","mbean":"java.lang:type=Memory","attribute":"HeapMemoryUsage"}`, []any{"value", "max"}, float64(1 << 30)},
		"read by path":          {"GET", "/jolokia/checkout/read/java.lang:type=Memory/HeapMemoryUsage/committed", "", []any{"value"}, float64(1 << 30)},
		"keys in any order":     {"POST", "/jolokia/checkout/", `{"type":"read","mbean":"java.lang:type=GarbageCollector,name=G1 Old Generation","attribute":"CollectionCount"}`, []any{"value"}, 2.0},
		"escaped":               {"GET", "/jolokia/checkout/read/java.lang:type=GarbageCollector,name=G1%20Old%20Generation/CollectionCount", "", []any{"value"}, 2.0},
		"pattern":               {"POST", "/jolokia/checkout", `{"type":"read","mbean":"java.lang:type=GarbageCollector,name=*"}`, []any{"value", "java.lang:name=G1 Young Generation,type=GarbageCollector", "Valid"}, true},
		"some attributes":       {"POST", "/jolokia/checkout", `{"type":"read","mbean":"java.lang:type=Runtime","attribute":["Pid","VmName"]}`, []any{"value", "Pid"}, 4711.0},
		"exec":                  {"POST", "/jolokia/checkout", `{"type":"exec","mbean":"java.lang:type=Memory","operation":"gc()"}`, []any{"status"}, 200.0},
		"exec by path":          {"GET", "/jolokia/checkout/exec/com.sun.management:type=DiagnosticCommand/gcRun", "", []any{"status"}, 200.0},
		"version":               {"GET", "/jolokia/checkout/version", "", []any{"value", "protocol"}, "7.2"},
		"version at root":       {"GET", "/jolokia/checkout/", "", []any{"value", "config", "agentType"}, "jvm"},
		"search":                {"POST", "/jolokia/checkout", `{"type":"search","mbean":"java.lang:type=GarbageCollector,*"}`, []any{"value", 1}, "java.lang:name=G1 Old Generation,type=GarbageCollector"},
		"no such bean":          {"POST", "/jolokia/checkout", `{"type":"read","mbean":"x:y=z"}`, []any{"error_type"}, "javax.management.InstanceNotFoundException"},
		"no such bean's status": {"POST", "/jolokia/checkout", `{"type":"exec","mbean":"x:y=z","operation":"gc"}`, []any{"status"}, 404.0},
		"no such attribute":     {"POST", "/jolokia/checkout", `{"type":"read","mbean":"java.lang:type=Memory","attribute":"Nothing"}`, []any{"error_type"}, "javax.management.AttributeNotFoundException"},
		"no such path":          {"GET", "/jolokia/checkout/read/java.lang:type=Memory/HeapMemoryUsage/nothing", "", []any{"status"}, 404.0},
		"no such operation":     {"POST", "/jolokia/checkout", `{"type":"exec","mbean":"java.lang:type=Memory","operation":"explode"}`, []any{"status"}, 400.0},
		"no such type":          {"POST", "/jolokia/checkout", `{"type":"fly"}`, []any{"error_type"}, "java.lang.IllegalArgumentException"},
		"bad json":              {"POST", "/jolokia/checkout", `{`, []any{"status"}, 400.0},
		"bulk":                  {"POST", "/jolokia/checkout", `[{"type":"version"},{"type":"read","mbean":"x:y=z"}]`, []any{1, "status"}, 404.0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, answer := ask(t, fresh(), c.method, c.path, c.body)
			if got := at(answer, c.where...); code != 200 || got != c.want {
				t.Errorf("%d, %v = %v, want %v in %v", code, c.where, got, c.want, answer)
			}
		})
	}
	if code, _ := ask(t, fresh(), "GET", "/jolokia/cart/version", ""); code != 404 {
		t.Errorf("an application that is no JVM: %d", code)
	}
}

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	h := jolokia.New(fleet.New(fleet.Defaults()).Beans, "user", "secret")
	for password, want := range map[string]int{"secret": 200, "wrong": 401} {
		r := httptest.NewRequest("GET", "/jolokia/checkout/version", nil)
		r.SetBasicAuth("user", password)
		rw := httptest.NewRecorder()
		h.ServeHTTP(rw, r)
		if rw.Code != want {
			t.Errorf("password %q: %d, want %d", password, rw.Code, want)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("read/java.lang:type=Memory/HeapMemoryUsage/used", `[{"type":"read","mbean":"*:*","path":"a/b"}]`)
	f.Add("exec/a!/b/c", `{"type":"search","mbean":"[:["}`)
	h := jolokia.New(fleet.New(fleet.Defaults()).Beans, "", "")
	f.Fuzz(func(t *testing.T, path, body string) {
		r := httptest.NewRequest("POST", "/jolokia/checkout", strings.NewReader(body))
		h.ServeHTTP(httptest.NewRecorder(), r)
		r.Method = "GET"
		r.URL.Path = "/jolokia/checkout/" + path
		h.ServeHTTP(httptest.NewRecorder(), r)
	})
}
