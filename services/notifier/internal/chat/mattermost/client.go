package mattermost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// call makes one request of the API and reads its answer into out.
func (b *Backend) call(ctx context.Context, method, path string, in, out any) error {
	var data []byte
	kind := "application/json"
	switch in := in.(type) {
	case nil:
	case []byte:
		data, kind = in, "application/octet-stream"
	default:
		var err error
		if data, err = json.Marshal(in); err != nil {
			return fmt.Errorf("mattermost: %w: %w", chat.ErrRefused, err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(b.cfg.URL, "/")+"/api/v4"+path, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("mattermost: the URL cannot be used: %w", chat.ErrSetup)
	}
	r.GetBody = nil // one attempt is one attempt
	r.Header.Set("Authorization", "Bearer "+b.cfg.Token.Reveal())
	r.Header.Set("Content-Type", kind)
	resp, err := b.caller.Client().Do(r)
	what, _, _ := strings.Cut(path, "?")
	if err != nil {
		return fmt.Errorf("mattermost %s: %w", what, b.caller.Fault(err))
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if bad := b.caller.Status(resp.StatusCode, resp.Header, answer); bad != nil {
		return fmt.Errorf("mattermost %s: %w", what, bad)
	}
	if err != nil {
		return fmt.Errorf("mattermost %s: %w", what, b.caller.Fault(err))
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return chat.MarkUnsure(fmt.Errorf("mattermost %s: the answer is not understood", what))
	}
	return nil
}

// idLike reports whether s may be an id of Mattermost's.
func idLike(s string) bool {
	return len(s) == 26 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
