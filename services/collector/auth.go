package collector

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/config"
)

// openTeam is who sends without a token where that is allowed; the same as on
// NATS.
const openTeam = "demo"

// minToken is below what a token can be guessed.
const minToken = 12

// access knows who a request over HTTP is from.
type access struct {
	tokens []teamToken
	// open: whoever has no token is the open team, from wherever.
	open  bool
	cross *http.CrossOriginProtection
}

type teamToken struct {
	team string
	hash [sha256.Size]byte
}

func newAccess(cfg Config) (*access, error) {
	tokens, err := parseTokens(cfg.Tokens)
	if err != nil {
		return nil, err
	}
	return &access{tokens: tokens, open: cfg.HTTPOpen, cross: http.NewCrossOriginProtection()}, nil
}

// parseTokens reads team=token,team=token; in a file also one a line. Errors
// never hold a token.
func parseTokens(s config.Secret) ([]teamToken, error) {
	var out []teamToken
	pairs := strings.FieldsFunc(s.Reveal(), func(r rune) bool { return r == ',' || r == '\n' || r == '\r' })
	for i, pair := range pairs {
		team, token, ok := strings.Cut(strings.TrimSpace(pair), "=")
		team, token = strings.TrimSpace(team), strings.TrimSpace(token)
		switch {
		case !ok:
			return nil, fmt.Errorf("--collector-http-tokens: entry %d: want team=token", i+1)
		case team == "" || team != bus.Token(team):
			return nil, fmt.Errorf("--collector-http-tokens: entry %d: team %q: want letters, digits, - and _", i+1, team)
		case len(token) < minToken:
			return nil, fmt.Errorf("--collector-http-tokens: the token of %s is too short, want at least %d characters", team, minToken)
		}
		out = append(out, teamToken{team, sha256.Sum256([]byte(token))})
	}
	return out, nil
}

// refusal is why a request is not taken, as the client is told.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// team returns who the request is from, or a [refusal].
func (a *access) team(req *http.Request) (string, error) {
	if token, ok := bearer(req); ok {
		if team := a.byToken(token); team != "" {
			return team, nil
		}
		return "", &refusal{http.StatusUnauthorized, "the bearer token is not one of --collector-http-tokens"}
	}
	if len(a.tokens) > 0 && !a.open {
		return "", &refusal{http.StatusUnauthorized, "want a header Authorization: Bearer <token>, one of --collector-http-tokens"}
	}
	peer := addrOf(req.RemoteAddr)
	if !a.open && !peer.IsLoopback() {
		return "", &refusal{http.StatusForbidden, "without a token only clients on this machine may send: set --collector-http-tokens, or --collector-http-open to let everybody"}
	}
	// What a browser can be talked into by a page from elsewhere: a name that
	// was made to point here, or a plain form.
	if err := a.knownHost(req.Host); err != nil {
		return "", err
	}
	if err := a.cross.Check(req); err != nil {
		return "", &refusal{http.StatusForbidden, "a page from another origin may not send without a token (--collector-http-tokens)"}
	}
	return openTeam, nil
}

func bearer(req *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(req.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "bearer")
}

// byToken compares with every token, in a time that does not depend on which
// one is right or how much of it.
func (a *access) byToken(token string) string {
	hash, team := sha256.Sum256([]byte(token)), ""
	for _, t := range a.tokens {
		if subtle.ConstantTimeCompare(hash[:], t.hash[:]) == 1 {
			team = t.team
		}
	}
	return team
}

// knownHost refuses names that could have been made to point here. Addresses
// cannot, and names without a dot are not found from outside.
func (a *access) knownHost(host string) error {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil && (a.open || addr.IsLoopback()):
		return nil
	case strings.EqualFold(host, "localhost"), a.open && (host == "host.docker.internal" || host != "" && !strings.Contains(host, ".") && err != nil):
		return nil
	}
	return &refusal{http.StatusForbidden, fmt.Sprintf("without a token the host has to be localhost or an address, not %.100q (--collector-http-tokens)", host)}
}

func addrOf(remote string) netip.Addr {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}
