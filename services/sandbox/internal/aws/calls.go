package aws

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// maxCalls bounds the log; the oldest go first.
const maxCalls = 20_000

// call is one request, as CloudTrail would tell of it.
type call struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"` // real time
	ID        string    `json:"request_id"`
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Who       string    `json:"who"`               // the caller's ARN
	Session   string    `json:"session,omitempty"` // name of the role's session
	Action    string    `json:"action"`
	Resources []string  `json:"resources,omitempty"`
	Protocol  string    `json:"protocol"`
	Allowed   bool      `json:"allowed"` // false: refused for lack of permission or credentials
	Error     string    `json:"error,omitempty"`
	Metrics   int       `json:"metrics_requested,omitempty"`
}

// calls is the log of requests.
type calls struct {
	mu  sync.Mutex
	seq int64
	log []call
}

func (c *calls) add(r *wire.Request, code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	if len(c.log) >= maxCalls {
		c.log = append(c.log[:0:0], c.log[maxCalls/10:]...)
	}
	c.log = append(c.log, call{
		Seq: c.seq, At: time.Now().UTC(), ID: r.ID, Account: r.Caller.Account, Region: r.Region, Who: r.Caller.ARN, Session: r.Caller.Session,
		Action: r.Action(), Resources: r.Touched(), Protocol: r.Protocol(), Allowed: !refused[code], Error: code, Metrics: r.Billed(),
	})
}

// refused are the codes of those who may not, in Query's and EC2's words.
var refused = map[string]bool{
	"AccessDenied": true, "UnauthorizedOperation": true, "ExpiredToken": true, "InvalidClientTokenId": true, "AuthFailure": true, "RequestExpired": true,
}

// since returns the calls after a sequence number or a time; all for an empty text.
func (c *calls) since(text string) ([]call, error) {
	var seq int64
	var at time.Time
	if text != "" {
		var err error
		if seq, err = strconv.ParseInt(text, 10, 64); err != nil {
			if at, err = time.Parse(time.RFC3339Nano, text); err != nil {
				return nil, fmt.Errorf("since must be a seq or a time such as 2026-11-22T12:00:00Z, not %q", text)
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := []call{}
	for _, one := range c.log {
		if one.Seq > seq && !one.At.Before(at) {
			out = append(out, one)
		}
	}
	return out, nil
}
