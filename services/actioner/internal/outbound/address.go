package outbound

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// Address is where an action goes: a template of a URL and the hosts that it
// may name.
type Address struct {
	url   fill.Template
	hosts []string
}

// ReadAddress reads a block's `url` and `hosts`. def is the URL where the
// block has none; "" demands one.
func ReadAddress(m *node.Map, def string) Address {
	text := def
	if m.Has("url") || def == "" {
		text = m.Required("url")
	}
	a := Address{hosts: m.Texts("hosts")}
	t, err := fill.Parse(text)
	if err != nil {
		m.FailAt("url", "%v", err)
		return a
	}
	a.url = t
	for _, h := range a.hosts {
		if strings.ContainsAny(h, "/{ @") || strings.Contains(strings.TrimPrefix(h, "*."), "*") {
			m.FailAt("hosts", "%q: want a host, host:port or *.domain", h)
		}
	}
	if err := a.check(); err != nil {
		m.FailAt("url", "%v", err)
	}
	return a
}

// check finds what is wrong before anything is filled in.
func (a Address) check() error {
	const marker = "x"
	values := fill.Values{}
	foreignHost := false
	for _, r := range a.url.Refs() {
		if values[r.Scope] == nil {
			values[r.Scope] = map[string]string{}
		}
		values[r.Scope][r.Name] = marker
	}
	first := true
	text, err := a.url.Fill(values, func(before string, r fill.Ref, value string) (string, error) {
		if r.Scope == fill.Settings {
			if before == "" && first {
				value = "http://setting"
			}
			first = false
			return value, nil
		}
		foreignHost = foreignHost || placeIn(before) == inHost
		return value, nil
	})
	if err != nil || a.url.Empty() {
		return err
	}
	if err := wellFormed(text); err != nil {
		return err
	}
	if foreignHost && len(a.hosts) == 0 {
		return errors.New("a place in the host needs `hosts:`, the list of hosts that it may become")
	}
	return nil
}

// The parts of a URL in which a place can stand.
const (
	inHost = iota
	inPath
	inQuery
)

// placeIn returns where in a URL the text before leaves off.
func placeIn(before string) int {
	if strings.ContainsAny(before, "?#") {
		return inQuery
	}
	if _, rest, ok := strings.Cut(before, "://"); ok && strings.Contains(rest, "/") {
		return inPath
	}
	return inHost
}

var hostPart = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

// escape makes a value harmless where it goes.
func escape(before string, r fill.Ref, value string) (string, error) {
	switch {
	case r.Scope == fill.Settings:
		// The installation's own word: a base URL with its scheme and path.
		return strings.TrimSuffix(value, "/"), nil
	case placeIn(before) == inQuery:
		return url.QueryEscape(value), nil
	case placeIn(before) == inPath:
		return url.PathEscape(value), nil
	}
	if !hostPart.MatchString(value) {
		return "", fmt.Errorf("%s: %q cannot stand in a host name", r, value)
	}
	return value, nil
}

// URL returns the address with its places filled.
func (a Address) URL(v fill.Values) (string, error) {
	text, err := a.url.Fill(v, escape)
	if err != nil {
		return "", err
	}
	if err := wellFormed(text); err != nil {
		return "", err
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", errors.New("the url is none")
	}
	if len(a.hosts) > 0 && !a.Lists(u.Host) && !a.Lists(u.Hostname()) {
		return "", fmt.Errorf("%s is not among the action's hosts", u.Host)
	}
	return text, nil
}

// Lists reports whether the host, with or without its port, is listed.
func (a Address) Lists(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(a.hosts, func(h string) bool {
		h = strings.ToLower(h)
		if domain, ok := strings.CutPrefix(h, "*"); ok {
			return strings.HasSuffix(host, domain)
		}
		return h == host
	})
}

func wellFormed(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("the url cannot be read")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("want a url that begins with http:// or https://, got %q", u.Scheme)
	case u.Host == "":
		return errors.New("the url has no host")
	case u.User != nil:
		return errors.New("no user or password in a url: they would be shown; use a secret's reference")
	}
	for s := range strings.SplitSeq(u.Path, "/") {
		if s == "." || s == ".." {
			return errors.New("no . or .. in the path of a url")
		}
	}
	return nil
}
