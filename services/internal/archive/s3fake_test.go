package archive

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// bucket is a store that speaks like S3, as strict as that in what matters here:
// path-style addresses, signed requests, pages of two names, no change of what is
// there when that is asked for. Source: Amazon S3 API reference.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	// unconditional: it knows no If-None-Match.
	unconditional bool
	// breaks is how many answers break off in their middle.
	breaks int
	// refuse is the code of the error that every request gets.
	refuse string
	puts   int
}

const bucketKeys = "[default]\naws_access_key_id = AKIDTEST\naws_secret_access_key = secret\n"

// newBucket returns a bucket and the place that names it.
func newBucket(t *testing.T) (*bucket, string) {
	t.Helper()
	b := &bucket{objects: map[string][]byte{}}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte(bucketKeys), 0o600); err != nil {
		t.Fatal(err)
	}
	return b, "s3://samples/some/where?region=eu-north-1&endpoint=" + server.URL + "&credentials=" + keys
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fail := func(status int, code string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
	}
	scope := "Credential=AKIDTEST/" + time.Now().UTC().Format("20060102") + "/eu-north-1/s3/aws4_request"
	key, ours := strings.CutPrefix(r.URL.Path, "/samples")
	key = strings.TrimPrefix(key, "/")
	switch {
	case !strings.Contains(r.Header.Get("Authorization"), scope):
		fail(http.StatusForbidden, "InvalidAccessKeyId")
	case b.refuse != "":
		fail(http.StatusForbidden, b.refuse)
	case !ours:
		fail(http.StatusNotFound, "NoSuchBucket")
	case r.Method == http.MethodGet && key == "":
		b.list(w, r)
	case r.Method == http.MethodPut:
		b.puts++
		_, there := b.objects[key]
		if condition := r.Header.Get("If-None-Match"); condition != "" && b.unconditional {
			fail(http.StatusNotImplemented, "NotImplemented")
		} else if condition == "*" && there {
			fail(http.StatusPreconditionFailed, "PreconditionFailed")
		} else {
			b.objects[key], _ = io.ReadAll(r.Body)
		}
	case r.Method == http.MethodGet:
		data, there := b.objects[key]
		if !there {
			fail(http.StatusNotFound, "NoSuchKey")
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		if b.breaks > 0 {
			b.breaks--
			data = data[:len(data)/2]
		}
		_, _ = w.Write(data)
	case r.Method == http.MethodDelete:
		delete(b.objects, key)
		w.WriteHeader(http.StatusNoContent)
	default:
		fail(http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
}

// list answers ListObjectsV2.
func (b *bucket) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	type key struct{ Key string }
	type prefix struct{ Prefix string }
	var out struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string `xml:",omitempty"`
		Contents              []key
		CommonPrefixes        []prefix
	}
	if q.Get("list-type") != "2" || q.Get("delimiter") != "/" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var last string
	for _, name := range slices.Sorted(maps.Keys(b.objects)) {
		rest, in := strings.CutPrefix(name, q.Get("prefix"))
		if !in {
			continue
		}
		first, _, folder := strings.Cut(rest, "/")
		item := q.Get("prefix") + first
		if folder {
			item += "/"
		}
		if item == last || item <= q.Get("continuation-token") {
			continue
		}
		if last = item; len(out.Contents)+len(out.CommonPrefixes) == 2 {
			out.IsTruncated = true
			break
		}
		if out.NextContinuationToken = item; folder {
			out.CommonPrefixes = append(out.CommonPrefixes, prefix{item})
		} else {
			out.Contents = append(out.Contents, key{item})
		}
	}
	if !out.IsTruncated {
		out.NextContinuationToken = ""
	}
	_ = xml.NewEncoder(w).Encode(out)
}
