package mail

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a small SMTP server that is strict about order, lines and 7 bits.
type server struct {
	cert  tls.Certificate
	roots *x509.CertPool
	// answers replaces the answer to a command by its first word, "." is the
	// end of the mail; "drop" closes the connection after the effect, "hang"
	// says nothing.
	answers map[string]string
	// plain: no STARTTLS; implicit: TLS from the first byte; login: AUTH LOGIN.
	plain, implicit, login bool

	mu     sync.Mutex
	mails  []received
	faults []string
	logins []string
}

type received struct {
	from string
	to   []string
	data string
	tls  bool
}

func newServer(t *testing.T) *server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, DNSNames: []string{"mail.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	s := &server{cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots: x509.NewCertPool(), answers: map[string]string{}}
	s.roots.AddCert(leaf)
	return s
}

// dial returns a connection that the server serves.
func (s *server) dial(context.Context, string, string) (net.Conn, error) {
	if a := s.answers["dial"]; a != "" {
		return nil, fmt.Errorf("dial: %s", a)
	}
	ours, theirs := net.Pipe()
	go s.serve(theirs)
	return ours, nil
}

func (s *server) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

func (s *server) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	secure := false
	upgrade := func() {
		conn, secure = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.cert}}), true
	}
	if s.implicit {
		upgrade()
	}
	r := bufio.NewReader(conn)
	say := func(text string) { _, _ = fmt.Fprintf(conn, "%s\r\n", text) }
	line := func() (string, bool) {
		l, err := r.ReadString('\n')
		if err != nil {
			return "", false
		}
		if !strings.HasSuffix(l, "\r\n") || strings.ContainsAny(strings.TrimSuffix(l, "\r\n"), "\r\x00") || len(l) > 1000 {
			s.fault("line %.80q", l)
		}
		for _, c := range []byte(l) {
			if c >= 0x80 {
				s.fault("eight bits in %.80q", l)
				break
			}
		}
		return strings.TrimSuffix(l, "\r\n"), true
	}
	say("220 mail.test ready")
	var m received
	for {
		l, ok := line()
		if !ok {
			return
		}
		verb, rest, _ := strings.Cut(l, " ")
		verb = strings.ToUpper(verb)
		answer := s.answers[verb]
		switch {
		case answer == "hang":
			_, _ = r.ReadByte()
			return
		case answer != "":
			say(answer)
			continue
		}
		switch verb {
		case "EHLO":
			text := "250-mail.test\r\n"
			if !s.plain && !secure {
				text += "250-STARTTLS\r\n"
			}
			kind := "PLAIN LOGIN"
			if s.login {
				kind = "LOGIN"
			}
			say(text + "250 AUTH " + kind)
		case "STARTTLS":
			say("220 go")
			upgrade()
			r = bufio.NewReader(conn)
		case "AUTH":
			kind, first, _ := strings.Cut(rest, " ")
			given, _ := base64.StdEncoding.DecodeString(first)
			who := string(given)
			if kind == "LOGIN" {
				for _, ask := range []string{"Username:", "Password:"} {
					say("334 " + base64.StdEncoding.EncodeToString([]byte(ask)))
					l, _ := line()
					given, _ = base64.StdEncoding.DecodeString(l)
					who += "\x00" + string(given)
				}
			}
			if !secure {
				s.fault("a password in the clear")
			}
			s.logins = append(s.logins, who)
			say("235 welcome")
		case "MAIL":
			m = received{from: rest, tls: secure}
			say("250 ok")
		case "RCPT":
			if strings.Contains(rest, "gone@") {
				say("550 no such user")
				continue
			}
			m.to = append(m.to, rest)
			say("250 ok")
		case "DATA":
			if m.from == "" || len(m.to) == 0 {
				s.fault("DATA before MAIL and RCPT")
			}
			say("354 go")
			var b strings.Builder
			for {
				l, ok := line()
				if !ok {
					return
				}
				if l == "." {
					break
				}
				b.WriteString(strings.TrimPrefix(l, ".") + "\r\n")
			}
			if answer := s.answers["."]; answer != "" && answer != "drop" {
				if answer != "hang" {
					say(answer)
					continue
				}
				_, _ = r.ReadByte()
				return
			}
			m.data = b.String()
			s.mu.Lock()
			s.mails = append(s.mails, m)
			s.mu.Unlock()
			if s.answers["."] == "drop" {
				return
			}
			say("250 taken")
		case "*": // AUTH is given up
			say("501 so be it")
		case "QUIT":
			say("221 bye")
			return
		default:
			s.fault("command %.80q", l)
			say("500 what?")
		}
	}
}
