package push

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/push/identity"
	"github.com/parley-ops/parley/services/collector/internal/push/sns"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/config"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const key, topic = "an-access-key-of-firehose", "arn:aws:sns:eu-west-1:111122223333:alarms"

// sink keeps what is stored, and refuses when it is told to.
type sink struct {
	mu     sync.Mutex
	refuse bool
	calls  int
	got    []string
}

func (s *sink) Store(_ context.Context, samples []batch.Sample) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.refuse {
		return errors.New("refused by the test")
	}
	for _, x := range samples {
		s.got = append(s.got, fmt.Sprintf("%s%s %g at %d", x.Series.Name, x.Series.Labels, x.Value, x.UnixMS))
	}
	return nil
}

// rig is the endpoints with all around them.
type rig struct {
	t    *testing.T
	b    *bustest.Bus
	sink *sink
	push *Push
	mux  *http.ServeMux
}

// newRig is for a bubble: its clock is set to when the golden records are of.
func newRig(t *testing.T, cfg Config, verifier *sns.Verifier) *rig {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, b: bustest.New(t), sink: &sink{}, mux: http.NewServeMux()}
	letters := deadletter.New(r.b.Conn("collector"), bustest.Log(t))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { letters.Run(ctx); close(ended) }()
	t.Cleanup(func() { cancel(); <-ended })
	r.push = New(cfg, Deps{Log: bustest.Log(t), Sink: r.sink, Letters: letters, Names: identity.New(nil, series.NewCache(1000), bustest.Log(t)),
		SNS: verifier, Past: 100 * 365 * 24 * time.Hour, Future: 100 * 365 * 24 * time.Hour})
	r.push.Register(r.mux)
	return r
}

// post sends body and returns the answer.
func (r *rig) post(path string, body []byte, header map[string]string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "http://parley.example.org"+path, bytes.NewReader(body))
	for k, v := range header {
		req.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	r.mux.ServeHTTP(w, req)
	return w
}

// deliver sends records as Firehose does, and checks what every answer has to be.
func (r *rig) deliver(status int, id string, body []byte, header map[string]string) string {
	r.t.Helper()
	h := map[string]string{headerRequest: id, headerKey: key, headerVersion: "1.0", "Content-Type": "application/json",
		"X-Amz-Firehose-Source-Arn": "arn:aws:firehose:eu-west-1:111122223333:deliverystream/parley"}
	for k, v := range header {
		h[k] = v
	}
	w := r.post("/aws/firehose", body, h)
	var a map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		r.t.Fatalf("the answer %q: %v", w.Body, err)
	}
	text, _ := a["errorMessage"].(string)
	if w.Code != status || a["requestId"] != id || a["timestamp"] != float64(time.Now().UnixMilli()) || w.Header().Get("Content-Type") != "application/json" || (text == "") != (status == 200) {
		r.t.Errorf("%d %v %s, want %d", w.Code, w.Header(), w.Body, status)
	}
	return text
}

// body is a request with these records.
func body(id string, records ...[]byte) []byte {
	var out []string
	for _, x := range records {
		out = append(out, fmt.Sprintf(`{"data":%q}`, base64.StdEncoding.EncodeToString(x)))
	}
	return fmt.Appendf(nil, `{"requestId":%q,"timestamp":1795356660000,"records":[%s]}`, id, strings.Join(out, ","))
}

func packed(data []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(data)
	_ = z.Close()
	return out.Bytes()
}

func record(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("stream/testdata/" + name + "/record")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var on = Config{FirehoseKeys: config.Secret("the-key-of-yesterday," + key), Topics: []string{topic}}

// A metric is the same samples in both formats; a delivery that comes again
// changes nothing.
func TestMetricStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, on, nil)
		const rest = `account="111122223333", account_name="111122223333", `
		want := []string{
			`aws.ec2.cpu_utilization{` + rest + `instance_id="i-0ba7c4e9d1f2a3b40", region="eu-west-1", team="infra"} 2.5 at 1795356600000`,
			`aws.ec2.cpu_utilization.maximum{` + rest + `instance_id="i-0ba7c4e9d1f2a3b40", region="eu-west-1", team="infra"} 7.5 at 1795356600000`,
			`aws.alb.target_response_time{` + rest + `load_balancer="app/shop/50dc6c495c0c9188", region="eu-west-1", team="infra"} 0.2 at 1795356600000`,
			`aws.alb.target_response_time.p95{` + rest + `load_balancer="app/shop/50dc6c495c0c9188", region="eu-west-1", team="infra"} 0.8 at 1795356600000`,
			`aws.alb.target_response_time.p99{` + rest + `load_balancer="app/shop/50dc6c495c0c9188", region="eu-west-1", team="infra"} 1.2 at 1795356600000`,
			`aws.my_app.orders{account="444455556666", account_name="444455556666", env="prod", region="us-east-1", shop="b", team="infra"} -2 at 1795356660000`,
		}
		for i, name := range []string{"json", "otlp", "otlp"} {
			r.sink.got = nil
			data := body(fmt.Sprint("id-", min(i, 1)), record(t, name))
			header := map[string]string{}
			if i == 1 {
				data, header["Content-Encoding"] = packed(data), "gzip"
			}
			r.deliver(200, fmt.Sprint("id-", min(i, 1)), data, header)
			if i == 2 {
				if r.sink.got != nil {
					t.Errorf("a delivery that came again was stored: %v", r.sink.got)
				}
				break
			}
			for _, w := range want {
				if !slices.Contains(r.sink.got, w) {
					t.Errorf("%s: no %s in\n%s", name, w, strings.Join(r.sink.got, "\n"))
				}
			}
		}
		bustest.WantNone(t, r.b, bus.DeadLetters, "dlq.>")
	})
}

// Nothing is answered with 200 that is not stored; the retry has the same
// samples.
func TestDeliveriesAreStoredFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, on, nil)
		data := body("id", record(t, "json"), record(t, "otlp"))
		r.sink.refuse = true
		if text := r.deliver(503, "id", data, nil); strings.Contains(text, "refused by") {
			t.Errorf("the cause is told: %s", text)
		}
		r.sink.refuse = false
		r.deliver(200, "id", data, nil)
		first := r.sink.got
		// Another collector, or this one after a kill, knows of no request.
		r.push.requests = memory{}
		r.sink.got = nil
		r.deliver(200, "id", data, nil)
		if !slices.Equal(first, r.sink.got) || len(first) == 0 {
			t.Errorf("got %v, then %v", first, r.sink.got)
		}
		time.Sleep(rememberedFor)
		r.sink.got = nil
		r.deliver(200, "id", data, nil)
		if !slices.Equal(first, r.sink.got) {
			t.Errorf("forgotten, and then %v", r.sink.got)
		}
	})
}

// The good part counts, the bad part is a dead letter with the reason, once.
func TestHalfBadDeliveries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, on, nil)
		data := body("id", record(t, "json-half-bad"), record(t, "otlp-half-bad"), record(t, "otlp-old"), record(t, "neither"), nil)
		for range 2 {
			r.deliver(200, "id", data, nil)
			r.push.requests = memory{}
		}
		letters := bustest.WantEvents[[]byte](t, r.b, bus.DeadLetters, "dlq.ingest.infra", 4)
		slices.SortFunc(letters, func(a, b *bus.Message[[]byte]) int { // several are stored at a time
			return strings.Compare(a.Header.Get(bus.HeaderReason), b.Header.Get(bus.HeaderReason))
		})
		for i, want := range []string{"record 1: value.count: want a number greater than 0; account_id", "record 2: value.count", "record 3: the record is OpenTelemetry 0.7", "record 4: the record is neither"} {
			if reason := letters[i].Header.Get(bus.HeaderReason); !strings.Contains(reason, want) {
				t.Errorf("dead letter %d: %q, want %q", i, reason, want)
			}
		}
		if lines := bytes.Split(letters[0].Event, []byte("\n")); len(lines) != 9 || bytes.Contains(letters[0].Event, []byte("DiskReadOps")) {
			t.Errorf("the dead letter has %d lines, want the 9 that are wrong:\n%s", len(lines), letters[0].Event)
		}
		if string(letters[3].Event) != string(record(t, "neither")) {
			t.Errorf("the dead letter is %q", letters[3].Event)
		}

		// Times out of range, and more that is bad than letters are for.
		r.push.Past, r.push.Future = time.Hour, time.Minute
		var many [][]byte
		for range maxLetters + 5 {
			many = append(many, record(t, "json"))
		}
		r.deliver(200, "late", body("late", many...), nil)
		late := bustest.WantEvents[[]byte](t, r.b, bus.DeadLetters, "dlq.ingest.infra", 4+maxLetters)
		if reason := late[len(late)-1].Header.Get(bus.HeaderReason); !strings.Contains(reason, "timestamp: ") {
			t.Errorf("reason %q", reason)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, on, nil)
		good := body("id", record(t, "json"))
		f := func(status int, want string, body []byte, header map[string]string) {
			t.Helper()
			if text := r.deliver(status, "id", body, header); !strings.Contains(text, want) || strings.Contains(text, key) {
				t.Errorf("%q, want %q", text, want)
			}
		}
		f(401, "--collector-aws-firehose-key", good, map[string]string{headerKey: ""})
		f(401, headerKey, good, map[string]string{headerKey: key + "x"})
		f(400, "1.0 is", good, map[string]string{headerVersion: "2.0"})
		f(400, "not gzip", good, map[string]string{"Content-Encoding": "gzip"})
		f(415, "gzip or none", good, map[string]string{"Content-Encoding": "br"})
		f(400, "requestId", body("another", record(t, "json")), nil)
		for _, broken := range []string{``, `[]`, `{`, `{"requestId":"id"}`, `{"records":{}}`, `{"records":[{}]}`, `{"records":[{"data":"%"}]}`, `{"records":[{"data":7}]}`,
			`{"records":[]`, `{"records":[],"records":[]}`, `{"requestId":7,"records":[]}`, `null`, string(good[:len(good)-1])} {
			f(400, "", []byte(broken), nil)
		}
		f(413, "a record", body("id", make([]byte, maxRecord)), nil)
		f(413, "a record", fmt.Appendf(nil, `{"x":%q,"records":[]}`, strings.Repeat("x", maxRecord)), nil)
		r.push.unpacked = 1 << 20
		empty := slices.Repeat([][]byte{bytes.Repeat([]byte("\n"), 1<<15)}, 48)
		f(413, "the body", packed(body("id", empty...)), map[string]string{"Content-Encoding": "gzip"})
		f(413, "the body", body("id", empty...), nil)
		if w := r.post("/aws/firehose", good, map[string]string{headerKey: key}); w.Code != 400 || !strings.Contains(w.Body.String(), headerRequest) {
			t.Errorf("without an id: %d %s", w.Code, w.Body)
		}
		r.deliver(200, "current", body("current"), map[string]string{headerKey: "the-key-of-yesterday"})

		off := newRig(t, Config{}, nil)
		for path, want := range map[string]string{"/aws/firehose": "--collector-aws-firehose-key", "/aws/sns": "--collector-aws-sns-topics"} {
			if w := off.post(path, good, map[string]string{headerRequest: "id"}); w.Code != 403 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s, off: %d %s", path, w.Code, w.Body)
			}
		}
		if w := off.post("/aws/other", nil, nil); w.Code != 404 {
			t.Errorf("%d", w.Code)
		}
		bustest.WantNone(t, r.b, bus.DeadLetters, "dlq.>")
	})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{FirehoseKeys: "short"}, "--collector-aws-firehose-key"},
		{Config{FirehoseKeys: config.Secret("a-key-that-is-long-enough,short")}, "key 2"},
		{Config{FirehoseKeys: config.Secret(strings.Repeat("x", maxKey+1))}, "want 16 to 4096"},
		{Config{Topics: []string{topic, "alarms"}}, "--collector-aws-sns-topics"},
		{on, ""},
		{Config{Topics: []string{"arn:aws-cn:sns:cn-north-1:111122223333:a.fifo", "arn:aws:sns:eu-west-1:111122223333:a_B-1"}}, ""},
	} {
		err := c.cfg.Validate()
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "short,")) {
			t.Errorf("%+v: %v, want %q", c.cfg, err, c.want)
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"Percent": "%", "Bytes/Second": "bytes/s", "By/s": "bytes/s", "Count": "count", "": "", "Gigabits": "", "Count/Minute": "", "Milliseconds": "ms"} {
		if got := unitOf(in); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func FuzzDelivery(f *testing.F) {
	for _, name := range []string{"json", "otlp", "json-half-bad"} {
		f.Add(body("id", record(f, name)))
	}
	f.Add([]byte(`{"records":[{"data":""}],"x":{"y":[1]}}`))
	p := New(on, Deps{Log: bustest.Log(f), Sink: &sink{}, Names: identity.New(nil, series.NewCache(100), bustest.Log(f)), Past: time.Hour * 1e5, Future: time.Hour * 1e5})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &delivery{Push: p, id: "id", now: time.Now(), letters: newLetters(nil, 0)} // no office: every letter is one too many
		err := d.read(t.Context(), bytes.NewReader(data))
		var no *refusal
		if err != nil && !errors.As(err, &no) {
			t.Errorf("a fault of ours: %v", err)
		}
	})
}
