package slack

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// TestSocketMode: envelopes become events and are acknowledged, the connection
// comes back when it is lost, and a command that cannot be stored says so.
func TestSocketMode(t *testing.T) {
	t.Parallel()
	acks := make(chan map[string]any, 10)
	var connections atomic.Int32
	mux := http.NewServeMux()
	var address string
	mux.HandleFunc("/api/apps.connections.open", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "url": "ws" + strings.TrimPrefix(address, "http") + "/socket"})
	})
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		first := connections.Add(1) == 1
		_ = c.WriteJSON(map[string]any{"type": "hello"})
		if first {
			return // lost
		}
		_ = c.WriteJSON(map[string]any{"type": "slash_commands", "envelope_id": "e1", "accepts_response_payload": true,
			"payload": map[string]any{"command": "/parley", "text": "ack &lt;x&gt;", "user_id": "U123456", "channel_id": "C1", "trigger_id": "t"}})
		_ = c.WriteJSON(map[string]any{"type": "interactive", "envelope_id": "e2", "payload": map[string]any{"type": "block_actions",
			"user": map[string]any{"id": "U123456"}, "channel": map[string]any{"id": "C1"}, "actions": []any{map[string]any{"type": "button", "action_id": "acknowledge", "block_id": "b", "value": "i", "action_ts": "1"}}}})
		for {
			var ack map[string]any
			if c.ReadJSON(&ack) != nil {
				return
			}
			acks <- ack
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	address = server.URL

	b, err := New(Config{BotToken: "xoxb-" + chattest.Secret, AppToken: "xapp-" + chattest.Secret, APIURL: server.URL + "/api/"}, chat.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	got := map[string]*eventv1.Inbound{}
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = b.(chat.Receiver).Receive(ctx, func(_ context.Context, in *eventv1.Inbound) error {
			mu.Lock()
			defer mu.Unlock()
			if c := in.GetCommand(); c != nil {
				got["command"] = in
				return errors.New("the bus is away")
			}
			got["click"] = in
			return nil
		})
	})
	byID := map[string]map[string]any{}
	for range 2 {
		a := <-acks
		byID[a["envelope_id"].(string)] = a
	}
	cancel()
	wg.Wait()
	if p, _ := byID["e1"]["payload"].(map[string]any); p == nil || !strings.Contains(p["text"].(string), "not taken") {
		t.Errorf("the command's acknowledgement: %v", byID["e1"])
	}
	if byID["e2"] == nil || got["click"].GetClick().GetValue() != "i" || got["command"].GetCommand().GetText() != "ack <x>" {
		t.Errorf("acks %v events %v", byID, got)
	}
}
