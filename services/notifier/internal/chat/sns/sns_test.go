package sns

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/notifier/internal/api"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

const arn = "arn:aws:sns:eu-west-1:111122223333:ops"

func settings() Config {
	return Config{AccessKey: "AKIAEXAMPLE", SecretKey: chat.Ref{Secret: config.Secret(apitest.Secret)}, Channels: api.Channels[string]{"ops": arn}}
}

// vendor is SNS by its Query protocol.
type vendor struct {
	apitest.Vendor
	published []url.Values
	code      string // the next request's error
}

func newVendor() *vendor {
	v := &vendor{}
	v.Handler = http.HandlerFunc(v.serve)
	return v
}

func (v *vendor) serve(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	f := r.PostForm
	switch {
	case r.URL.Host != "sns.eu-west-1.amazonaws.com" || !strings.Contains(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/") || !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/sns/"):
		v.Refuse(w, "%s %v", r.URL, r.Header)
	case v.code != "":
		status := map[string]int{"NotFound": 404, "AuthorizationError": 403, "InternalError": 500}[v.code]
		w.WriteHeader(max(status, 400))
		_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>no %s</Message></Error><RequestId>r</RequestId></ErrorResponse>`, v.code, apitest.Secret)
	case f.Get("Action") != "Publish" || f.Get("Version") != "2010-03-31" || fault(f) != "":
		v.Refuse(w, "%s: %v", fault(f), f)
	default:
		v.published = append(v.published, f)
		_, _ = w.Write([]byte(`<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>`))
	}
}

// fault says what SNS would not take.
func fault(f url.Values) string {
	s := f.Get("Subject")
	if s == "" || len(s) > 100 || strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 || s[0] == ' ' {
		return "subject " + s
	}
	var m map[string]string
	if err := json.Unmarshal([]byte(f.Get("Message")), &m); err != nil || m["default"] == "" || f.Get("MessageStructure") != "json" || len(f.Get("Message")) > 256<<10 || len(m["sms"]) > 140 {
		return "message"
	}
	if !json.Valid([]byte(m["default"])) {
		return "the document is no JSON"
	}
	for k, values := range f {
		if strings.HasPrefix(k, "MessageAttributes.") && values[0] == "" {
			return "empty " + k
		}
	}
	if fifo := strings.HasSuffix(f.Get("TopicArn"), ".fifo"); fifo != (f.Get("MessageGroupId") != "") || fifo != (f.Get("MessageDeduplicationId") != "") {
		return "group"
	}
	return ""
}

func TestConformance(t *testing.T) {
	t.Parallel()
	apitest.Run(t, chat.Opened, func(t *testing.T, log *slog.Logger) (chat.Teller, *apitest.Vendor) {
		v := newVendor()
		b, err := open(settings(), chat.Deps{HTTP: v.Client(), Log: log})
		if err != nil {
			t.Fatal(err)
		}
		return b, &v.Vendor
	})
}

func TestWhatIsPublished(t *testing.T) {
	t.Parallel()
	v := newVendor()
	c := settings()
	c.Channels["fifo"] = arn + ".fifo"
	b, err := open(c, chat.Deps{HTTP: v.Client()})
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range []string{"ops", "fifo", "fifo"} {
		if err := b.Tell(t.Context(), apitest.Told(chat.Opened, channel, apitest.Incident(chat.Open, "🔴 heap of köln is 97 %"))); err != nil {
			t.Fatal(err)
		}
	}
	f := v.published[0]
	var m map[string]string
	var d document
	if json.Unmarshal([]byte(f.Get("Message")), &m) != nil || json.Unmarshal([]byte(m["default"]), &d) != nil || m["sms"] != "🔴 heap of köln is 97 %" || !strings.Contains(m["email"], "Runbook: https://example.org/runbook") {
		t.Errorf("%v", m)
	}
	if f.Get("Subject") != "heap of k?ln is 97 %" || d.State != "open" || d.Severity != "critical" || d.Policy != "heap-full" || d.Labels["label7"] != "🔴 heap of köln is 97 %" || d.Incident != "inc1" || d.EventID == "" || d.Ended != nil {
		t.Errorf("%q %+v", f.Get("Subject"), d)
	}
	if a, b := v.published[1], v.published[2]; a.Get("MessageDeduplicationId") != b.Get("MessageDeduplicationId") || a.Get("MessageGroupId") != b.Get("MessageGroupId") {
		t.Errorf("told again, it is another: %v %v", a, b)
	}
}

func TestWhatSNSSays(t *testing.T) {
	t.Parallel()
	v := newVendor()
	b, err := open(settings(), chat.Deps{HTTP: v.Client()})
	if err != nil {
		t.Fatal(err)
	}
	f := func(code string, kind error, unsure, later bool) {
		t.Helper()
		v.code = code
		err := b.Tell(t.Context(), apitest.Told(chat.Opened, "ops", apitest.Incident(chat.Open, "x")))
		if err == nil || kind != nil && !errors.Is(err, kind) || chat.Unsure(err) != unsure || errors.As(err, new(*chat.RateLimited)) != later || strings.Contains(err.Error(), apitest.Secret) {
			t.Errorf("%s: %v (unsure %v)", code, err, chat.Unsure(err))
		}
	}
	f("NotFound", chat.ErrNoChannel, false, false)
	f("AuthorizationError", chat.ErrSetup, false, false)
	f("InvalidClientTokenId", chat.ErrSetup, false, false)
	f("KMSAccessDenied", chat.ErrSetup, false, false)
	f("InvalidParameter", chat.ErrRefused, false, false)
	f("Throttled", nil, false, true)
	f("InternalError", nil, true, false)
	if len(v.Refused) > 0 {
		t.Error(v.Refused)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(change func(*Config), fault string) {
		t.Helper()
		c := settings()
		change(&c)
		if _, err := New(c, chat.Deps{}); err == nil || !strings.Contains(err.Error(), fault) || strings.Contains(err.Error(), apitest.Secret) {
			t.Errorf("want %q, got %v", fault, err)
		}
	}
	f(func(c *Config) { c.Endpoint = "sandbox" }, "endpoint")
	f(func(c *Config) { c.AccessKey = "" }, "access_key")
	f(func(c *Config) { c.Channels["ops"] = "arn:aws:sqs:eu-west-1:111122223333:ops" }, "channels: ops")
	f(func(c *Config) { c.Channels = nil }, "channels")
}

func TestSample(t *testing.T) {
	t.Parallel()
	if _, err := New(apitest.Sample(t, Defaults()), chat.Deps{}); err != nil {
		t.Error(err)
	}
}

func FuzzPublication(f *testing.F) {
	f.Add("heap is 97 %", "instance", int64(1_700_000_000))
	f.Add("\xff\x00\"}]}", "…", int64(-1<<60))
	f.Fuzz(func(t *testing.T, text, label string, began int64) {
		c := chat.Content{Text: text, About: &chat.About{Severity: label, Policy: text, Team: label, Finding: text, Began: time.Unix(began, 0), Labels: []chat.Label{{Name: label, Value: text}}},
			Parts: []chat.Part{chat.Lines{{chat.P(text)}}}}
		in, err := publication(chat.Told{Event: chat.Opened, Key: chat.Key{Incident: label}, Content: c}, "sns", arn)
		if err != nil {
			t.Fatal(err)
		}
		v := url.Values{"Subject": {*in.Subject}, "Message": {*in.Message}, "MessageStructure": {*in.MessageStructure}}
		for name, a := range in.MessageAttributes {
			v.Set("MessageAttributes."+name, *a.StringValue)
		}
		if why := fault(v); why != "" {
			t.Error(why)
		}
	})
}
