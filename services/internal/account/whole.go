package account

import (
	"bytes"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Whole returns a client that sends a copy of each request's body.
//
// The SDK closes a request's body when the answer begins (smithy-go,
// transport/http/client.go). If that is before net/http has seen the body's
// end, it takes the end for a failed write and breaks the connection while the
// answer is being read: "use of closed network connection". It takes a server
// that answers within microseconds, such as one on the same machine.
func Whole(c aws.HTTPClient) aws.HTTPClient { return whole{c} }

type whole struct{ next aws.HTTPClient }

func (w whole) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return w.next.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	copied := r.Clone(r.Context())
	copied.Body, copied.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return w.next.Do(copied)
}
