package workspace

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// event is one change as pages see it. To names the only person who sees it; "" is everyone.
type event struct {
	seq  int64
	to   string
	data []byte
}

// hub hands changes to the pages that are open, and keeps the last ones for those
// that come back.
type hub struct {
	boot string // tells the events of this process from an earlier one's

	mu     sync.Mutex
	ring   []event
	seq    int64
	pages  map[chan event]string // to the person who looks
	closed bool
}

const (
	maxRing   = 2_000
	pageQueue = 512
	heartbeat = 15 * time.Second
)

func newHub() *hub { return &hub{boot: rand.Text()[:6], pages: map[chan event]string{}} }

// send tells the pages of one person, or of all, about a change.
func (h *hub) send(to, kind string, v any) {
	data, err := json.Marshal(object{"kind": kind, "data": v})
	if err != nil {
		panic(fmt.Sprintf("encode event: %v", err)) // v is made of JSON
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	e := event{seq: h.seq, to: to, data: data}
	h.ring = append(h.ring, e)
	if len(h.ring) > maxRing {
		h.ring = h.ring[1:]
	}
	for page, person := range h.pages {
		if to != "" && to != person {
			continue
		}
		select {
		case page <- e:
		default: // it does not keep up: it will come back and resume
			delete(h.pages, page)
			close(page)
		}
	}
}

// join subscribes a page that saw everything up to last. reload is true where the
// ring no longer has what it missed.
func (h *hub) join(person, last string) (page chan event, missed []event, now int64, reload bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	page = make(chan event, pageQueue)
	if h.closed {
		close(page)
		return page, nil, h.seq, false
	}
	h.pages[page] = person
	boot, number, _ := strings.Cut(last, "-")
	seen, err := strconv.ParseInt(number, 10, 64)
	switch {
	case last == "":
	case boot != h.boot || err != nil || seen > h.seq || seen < h.seq-int64(len(h.ring)):
		reload = true
	default:
		for _, e := range h.ring {
			if e.seq > seen && (e.to == "" || e.to == person) {
				missed = append(missed, e)
			}
		}
	}
	return page, missed, h.seq, reload
}

func (h *hub) leave(page chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.pages[page]; ok {
		delete(h.pages, page)
		close(page)
	}
}

func (h *hub) position() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return fmt.Sprintf("%s-%d", h.boot, h.seq)
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for page := range h.pages {
		delete(h.pages, page)
		close(page)
	}
}

// serveEvents streams changes to a page as server-sent events, from Last-Event-ID
// or the query's "after" on.
func (w *Workspace) serveEvents(rw http.ResponseWriter, r *http.Request) {
	if !w.opt.Open && !loopback(r) {
		http.Error(rw, "not allowed from this address", http.StatusForbidden)
		return
	}
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("after")
	}
	page, missed, now, reload := w.hub.join(r.URL.Query().Get("user"), last)
	defer w.hub.leave(page)
	header := rw.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	out := http.NewResponseController(rw)
	write := func(format string, args ...any) bool {
		_ = out.SetWriteDeadline(time.Now().Add(heartbeat))
		if _, err := fmt.Fprintf(rw, format, args...); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	first := "retry: 500\n: hello\n\n"
	if reload {
		first += fmt.Sprintf("id: %s-%d\ndata: {\"kind\":\"reload\"}\n\n", w.hub.boot, now)
	}
	if !write("%s", first) {
		return
	}
	for _, e := range missed {
		if !write("id: %s-%d\ndata: %s\n\n", w.hub.boot, e.seq, e.data) {
			return
		}
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			if !write(": beat\n\n") {
				return
			}
		case e, ok := <-page:
			if !ok || !write("id: %s-%d\ndata: %s\n\n", w.hub.boot, e.seq, e.data) {
				return
			}
		}
	}
}
