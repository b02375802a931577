package workspace

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// socket is one Socket Mode connection of the app.
type socket struct {
	conn    *websocket.Conn
	base    string        // how the app reaches the workspace
	gone    chan struct{} // closed when the connection is
	leaving bool          // told to reconnect: gets nothing new; guarded by Workspace.mu

	write   sync.Mutex // one writer at a time
	mu      sync.Mutex
	waiting map[string]chan json.RawMessage // by envelope
}

const (
	maxSockets = 10 // as in Slack
	ticketLife = 30 * time.Second
	writeWait  = 5 * time.Second
	goodbye    = time.Second // from a close frame until the connection is cut
)

func (w *Workspace) connectionsOpen(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for t, expires := range w.tickets {
		if now.After(expires) {
			delete(w.tickets, t)
		}
	}
	ticket := rand.Text()
	w.tickets[ticket] = now.Add(ticketLife)
	return object{"url": "ws" + strings.TrimPrefix(c.base, "http") + "/link?ticket=" + ticket + "&app_id=" + AppID}, nil
}

// serveSocket upgrades a connection whose ticket is good, and reads acknowledgements
// until it ends.
func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	expires, ok := w.tickets[ticket]
	delete(w.tickets, ticket)
	full := len(w.sockets) >= maxSockets
	w.mu.Unlock()
	if !ok || time.Now().After(expires) || full || w.done.Err() != nil {
		http.Error(rw, "no such connection", http.StatusNotFound)
		return
	}
	// Slack's clients send Origin https://api.slack.com; the ticket is what admits them.
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	s := &socket{conn: conn, base: baseOf(r), gone: make(chan struct{}), waiting: map[string]chan json.RawMessage{}}
	w.mu.Lock()
	w.sockets = append(w.sockets, s)
	count := len(w.sockets)
	w.mu.Unlock()
	_ = s.send(object{
		"type": "hello", "num_connections": count, "connection_info": object{"app_id": AppID},
		"debug_info": object{"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
	})
	w.log.InfoContext(r.Context(), "app connected", "connections", count)
	w.hub.send("", "app", object{"connections": count})
	w.tasks.Go(func() { s.ping(w.opt.PingEvery) })
	s.read(w.opt.PingEvery)
	w.mu.Lock()
	w.sockets = slices.DeleteFunc(w.sockets, func(o *socket) bool { return o == s })
	count = len(w.sockets)
	w.mu.Unlock()
	w.log.InfoContext(context.WithoutCancel(r.Context()), "app disconnected", "connections", count)
	w.hub.send("", "app", object{"connections": count})
}

func (s *socket) send(v object) error {
	s.write.Lock()
	defer s.write.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeWait))
	return s.conn.WriteJSON(v)
}

// read hands acknowledgements to those who wait for them, until the connection ends.
func (s *socket) read(every time.Duration) {
	defer close(s.gone)
	defer s.conn.Close()
	s.conn.SetReadLimit(1 << 20)
	alive := func(string) error {
		if every > 0 {
			return s.conn.SetReadDeadline(time.Now().Add(4 * every))
		}
		return nil
	}
	s.conn.SetPongHandler(alive)
	_ = alive("")
	for {
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			Envelope string          `json:"envelope_id"`
			Payload  json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(data, &ack) != nil || ack.Envelope == "" {
			continue
		}
		s.mu.Lock()
		wait := s.waiting[ack.Envelope]
		delete(s.waiting, ack.Envelope)
		s.mu.Unlock()
		if wait != nil {
			wait <- ack.Payload // has room for one
		}
	}
}

func (s *socket) ping(every time.Duration) {
	if every <= 0 {
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		// The first ping comes at once: slack-go counts from it.
		if s.conn.WriteControl(websocket.PingMessage, []byte("sandbox"), time.Now().Add(writeWait)) != nil {
			_ = s.conn.Close()
			return
		}
		select {
		case <-s.gone:
			return
		case <-ticker.C:
		}
	}
}

// ask sends an envelope and waits for its acknowledgement until ctx is done.
func (s *socket) ask(ctx context.Context, kind string, payload object, accepts bool, retry int) (json.RawMessage, error) {
	envelope, wait := rand.Text(), make(chan json.RawMessage, 1)
	s.mu.Lock()
	s.waiting[envelope] = wait
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waiting, envelope)
		s.mu.Unlock()
	}()
	v := object{"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": accepts}
	if kind == "events_api" {
		v["retry_attempt"], v["retry_reason"] = retry, ""
		if retry > 0 {
			v["retry_reason"] = "timeout"
		}
	}
	if err := s.send(v); err != nil {
		return nil, errTimeout
	}
	select {
	case ack := <-wait:
		return ack, nil
	case <-s.gone:
		return nil, errTimeout
	case <-ctx.Done():
		return nil, errTimeout
	}
}

// pick returns a connection in turn, or nil.
func (w *Workspace) pick() *socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range w.sockets {
		w.next++
		if s := w.sockets[w.next%len(w.sockets)]; !s.leaving {
			return s
		}
	}
	return nil
}

// disconnect tells the app's connections to come again, as Slack does every few
// hours: reason "warning" leaves them open, others close them.
func (w *Workspace) disconnect(c *call) (object, error) {
	reason := c.str("reason")
	if reason == "" {
		reason = "refresh_requested"
	}
	w.mu.Lock()
	list := slices.Clone(w.sockets)
	for _, s := range list {
		s.leaving = true
	}
	w.mu.Unlock()
	for _, s := range list {
		if reason != "silent" { // a cable that is pulled says nothing
			_ = s.send(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "sandbox"}})
		}
		switch reason {
		case "warning":
		case "silent":
			_ = s.conn.Close()
		default:
			s.bye(websocket.CloseNormalClosure)
		}
	}
	return object{"connections": len(list)}, nil
}

func (w *Workspace) closeSockets() {
	w.mu.Lock()
	list := slices.Clone(w.sockets)
	w.mu.Unlock()
	for _, s := range list {
		s.bye(websocket.CloseGoingAway)
	}
}

// bye closes as the protocol wants it: a close frame, and a moment for the answer.
func (s *socket) bye(code int) {
	if s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(writeWait)) != nil {
		_ = s.conn.Close()
		return
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(goodbye))
}
