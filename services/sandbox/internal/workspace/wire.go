package workspace

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// entry is one request that the workspace got ("in") or sent ("out").
type entry struct {
	Seq       int64           `json:"seq"`
	Time      time.Time       `json:"time"`
	Direction string          `json:"direction"`
	Method    string          `json:"method"`
	Args      any             `json:"args,omitempty"`
	Status    int             `json:"status,omitempty"`
	Response  json.RawMessage `json:"response,omitempty"`
	Error     string          `json:"error,omitempty"`
	Took      time.Duration   `json:"-"`
	TookMS    float64         `json:"took_ms"`
}

const (
	maxEntries = 5_000
	maxWire    = 32 << 20 // bytes of all of them
	maxLogged  = 64 << 10 // bytes of one response
)

// wire is the bounded log of requests.
type wire struct {
	mu      sync.Mutex
	entries []entry
	size    int // bytes of arguments and responses
	last    int64
}

func newWire() *wire { return &wire{} }

func (l *wire) add(e entry) {
	if len(e.Response) > maxLogged || !json.Valid(e.Response) {
		text := string(e.Response[:min(len(e.Response), maxLogged)])
		e.Response, _ = json.Marshal(text)
	}
	if e.Args != nil { // the arguments live on in the state, and may change there
		args, err := json.Marshal(e.Args)
		if err != nil || len(args) > 4*maxLogged {
			args = []byte(`"too long"`)
		}
		e.Args = json.RawMessage(args)
	}
	e.TookMS = float64(e.Took.Microseconds()) / 1000
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	e.Seq = l.last
	l.entries = append(l.entries, e)
	l.size += e.bytes()
	drop := 0
	for len(l.entries)-drop > maxEntries || l.size > maxWire {
		l.size -= l.entries[drop].bytes()
		drop++
	}
	l.entries = l.entries[drop:] // append moves what is left to a new array in time
}

func (e entry) bytes() int {
	args, _ := e.Args.(json.RawMessage)
	return len(args) + len(e.Response) + 200
}

// since returns the entries after a sequence number, an RFC 3339 time, or a Unix
// time in seconds (told from a sequence number by its size).
func (l *wire) since(s string) ([]entry, int64) {
	after, number := time.Time{}, 0.0
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		after = t
	} else if f, err := strconv.ParseFloat(s, 64); err == nil {
		if number = f; f > 1e9 {
			after, number = time.UnixMicro(int64(f*1e6)), 0
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []entry{}
	for _, e := range l.entries {
		if e.Seq > int64(number) && !e.Time.Before(after) {
			list = append(list, e)
		}
	}
	return list, l.last
}
