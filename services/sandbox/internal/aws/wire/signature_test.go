package wire

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

var update = flag.Bool("update", false, "write the golden files")

func form(*http.Request) {}

func json10(r *http.Request) {
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.Op")
}

func rpc(r *http.Request) {
	r.URL.Path = "/service/GraniteServiceVersion20100801/operation/Op"
	r.Header.Set("Content-Type", "application/cbor")
	r.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
	r.Header.Set("X-Amzn-Query-Mode", "true")
}

// TestSignatures lists what is refused before an operation is reached.
func TestSignatures(t *testing.T) {
	t.Parallel()
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	edit := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
		}
	}
	at := func(moment string) func(*http.Request) {
		return func(r *http.Request) {
			header("X-Amz-Date", moment)(r)
			edit("/20261122/", "/"+moment[:8]+"/")(r)
		}
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
		want   string
	}{
		"none":          {header("Authorization", ""), 403, "MissingAuthenticationToken"},
		"basic":         {header("Authorization", "Basic eDp5"), 403, "IncompleteSignature"},
		"short scope":   {edit("/aws4_request", ""), 403, "IncompleteSignature"},
		"short sum":     {edit("abab", "ab"), 403, "IncompleteSignature"},
		"no hex":        {edit("abab", "zzzz"), 403, "IncompleteSignature"},
		"no host":       {edit("host;", ""), 403, "IncompleteSignature"},
		"no date":       {header("X-Amz-Date", "today"), 403, "IncompleteSignature"},
		"another day":   {header("X-Amz-Date", "20261121T120000Z"), 403, "IncompleteSignature"},
		"another scope": {edit("/monitoring/", "/nowhere/"), 400, "UnknownService"},
		"6 minutes ago": {at("20261122T115400Z"), 403, "Signature expired: 20261122T115400Z is now earlier than 20261122T115500Z (20261122T120000Z - 5 min.)"},
		"in 6 minutes":  {at("20261122T120600Z"), 403, "Signature not yet current: 20261122T120600Z is still later than 20261122T120500Z (20261122T120000Z + 5 min.)"},
		"expired key":   {edit("AKIA1", "EXPIRED1"), 403, "ExpiredToken"},
		"denied key":    {edit("AKIA1", "DENIED1"), 403, "is not authorized to perform: cloudwatch:Op on resource: *"},
		"no operation": {func(r *http.Request) {
			json10(r)
			r.Body = http.NoBody
			r.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.No")
		}, 400, "UnknownOperationException"},
		"JSON, late":    {func(r *http.Request) { json10(r); at("20261122T115400Z")(r) }, 403, "InvalidSignatureException"},
		"4 minutes ago": {at("20261122T115600Z"), 200, "OpResponse"},
	} {
		called := false
		rw := ask(t, func(context.Context, *Request) (Answer, error) {
			called = true
			return nil, nil
		}, "Action=Op", c.change)
		if rw.Code != c.status || !strings.Contains(rw.Body.String(), c.want) || called != (c.status == 200) {
			t.Errorf("%s: %d %s; called %v", name, rw.Code, rw.Body, called)
		}
	}
}

// TestGoldenAnswers compares what goes out with files, in three protocols.
func TestGoldenAnswers(t *testing.T) {
	t.Parallel()
	answers := map[string]Operation{
		"answer": func(context.Context, *Request) (Answer, error) {
			return Map{
				"Text": "a<b & \"c\"", "At": time.Date(2026, 11, 22, 12, 0, 0, 500e6, time.UTC), "N": -3, "F": 1.5, "Yes": true,
				"Blob": []byte("x"), "Left": nil, "None": Map(nil), "Empty": []Map{}, "Rows": []Map{{"Name": "a"}, {"Name": "b"}},
				"Own": Named("Row", List{"x", 2}), "Tags": map[string]string{"k": "v"}, "Stats": map[string]float64{"p99": 2},
			}, nil
		},
		"error": func(context.Context, *Request) (Answer, error) { return nil, Throttled() },
		"empty": func(context.Context, *Request) (Answer, error) { return nil, nil },
	}
	id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	for name, op := range answers {
		for protocol, change := range map[string]func(*http.Request){"query.xml": form, "json": json10, "cbor.txt": rpc} {
			body := "Action=Op"
			if protocol != "query.xml" {
				body = ""
			}
			rw := ask(t, op, body, change)
			got := id.ReplaceAllString(rw.Body.String(), "ID")
			if protocol == "cbor.txt" { // a map's order is random: encode it again, as text
				v, err := cbor.Decode(rw.Body.Bytes())
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				got = describe(v) + "\n"
			}
			got = rw.Result().Status + " " + rw.Header().Get("Content-Type") + " " + rw.Header().Get("X-Amzn-Query-Error") + "\n" + got
			file := filepath.Join("testdata", name+"."+protocol)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got != string(want) {
				t.Errorf("%s: got %s, want %s (%v)", file, got, want, err)
			}
		}
	}
}

// TestBodiesAreBounded sends what is too large, packed and not, and what is no gzip.
func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	op := func(_ context.Context, r *Request) (Answer, error) { return Map{"Length": len(r.Text("Text"))}, nil }
	pack := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(text))
		_ = z.Close()
		return b.String()
	}
	packed := func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		want   string
	}{
		"packed":     {pack("Action=Op&Text=hello"), packed, 200, "<Length>5</Length>"},
		"no gzip":    {"Action=Op", packed, 400, "SerializationException"},
		"large":      {"Action=Op&Text=" + strings.Repeat("x", MaxBody), form, 413, "RequestEntityTooLarge"},
		"bomb":       {pack("Action=Op&Text=" + strings.Repeat("x", MaxBody)), packed, 413, "RequestEntityTooLarge"},
		"many":       {"Action=Op" + strings.Repeat("&a=b", maxFields+1), form, 400, "MalformedQueryString"},
		"deep form":  {"Action=Op&a" + strings.Repeat(".b", maxDepth+1) + "=c", form, 400, "MalformedQueryString"},
		"deep JSON":  {`{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}", json10, 400, "SerializationException"},
		"wrong type": {`{"Text":{}}`, json10, 400, "Text must be a string"},
	} {
		rw := ask(t, op, c.body, c.change)
		if rw.Code != c.status || !strings.Contains(rw.Body.String(), c.want) {
			t.Errorf("%s: %d %.200s", name, rw.Code, rw.Body)
		}
	}
}
