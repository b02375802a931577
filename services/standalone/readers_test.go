package main

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// readers returns who was told this alone, and whether everybody can read it.
func (c *crowd) readers(text string) (private []string, public bool) {
	c.t.Helper()
	for _, user := range []string{"viewer", "operator", "second operator"} {
		var out struct {
			Channels []struct {
				Messages []map[string]any `json:"messages"`
			} `json:"channels"`
		}
		if err := c.post("sandbox.state", map[string]any{"user": user}, &out); err != nil {
			c.t.Fatal(err)
		}
		alone := false
		for _, ch := range out.Channels {
			for _, m := range ch.Messages {
				if strings.Contains(asText(m), text) {
					hidden := m["is_ephemeral"] == true
					alone, public = alone || hidden, public || !hidden
				}
			}
		}
		if alone {
			private = append(private, user)
		}
	}
	return private, public
}

// told counts the requests by which the app told somebody this.
func (c *crowd) told(text string) int {
	resp, err := http.Get(c.base + "/api/sandbox.log?" + url.Values{"since": {"0"}}.Encode())
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0
	}
	return bytes.Count(data, []byte(text))
}
