package wire

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

var testService = Service{Scope: "monitoring", IAM: "cloudwatch", Target: "GraniteServiceVersion20100801", Version: "2010-08-01", XMLNS: "http://monitoring.amazonaws.com/doc/2010-08-01/"}

// ask sends one signed request to a Mux with a single operation.
func ask(t *testing.T, op Operation, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	mux := New(Hooks{Now: func() time.Time { return now }, Identify: func(key, token string) (Caller, error) {
		return Caller{Account: "111122223333", ARN: "arn:aws:iam::111122223333:root"}, nil
	}})
	mux.Handle(testService, "Op", op)
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Amz-Date", "20261122T120100Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA1/20261122/eu-west-1/monitoring/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("ab", 32))
	if change != nil {
		change(r)
	}
	rw := httptest.NewRecorder()
	mux.ServeHTTP(rw, r)
	return rw
}

func TestFormTree(t *testing.T) {
	t.Parallel()
	body := url.Values{
		"Action": {"Op"}, "Dims.member.2.Name": {"b"}, "Dims.member.1.Name": {"a"}, "Dims.member.10.Name": {"j"},
		"InstanceId.1": {"i-1"}, "InstanceId.2": {"i-2"}, "Tags.entry.1.key": {"k"}, "Tags.entry.1.value": {"v"},
		"N": {"5"}, "T": {"2026-11-22T12:00:00Z"}, "B": {"true"},
	}.Encode()
	rw := ask(t, func(_ context.Context, r *Request) (Answer, error) {
		var names []string
		for _, d := range r.List("Dims") {
			names = append(names, d.Text("Name"))
		}
		if got := strings.Join(append(names, r.Texts("InstanceId")...), " "); got != "a b j i-1 i-2" {
			t.Errorf("lists = %q", got)
		}
		if got := r.Map("Tags")["k"]; got.String() != "v" {
			t.Errorf("map = %v", r.Map("Tags"))
		}
		if r.Int("N", 0) != 5 || !r.Bool("B") || r.Time("T").Hour() != 12 || r.Int("Absent", 7) != 7 {
			t.Error("scalars are lost")
		}
		return Map{"List": []string{"x"}, "At": r.Time("T")}, nil
	}, body, nil)
	const want = `<OpResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><OpResult><At>2026-11-22T12:00:00.000Z</At><List><member>x</member></List></OpResult>`
	if rw.Code != 200 || !strings.Contains(rw.Body.String(), want) {
		t.Errorf("%d %s", rw.Code, rw.Body)
	}
}
