package sns

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // version 1 of SNS' signatures, refused unless a setting allows it
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"
)

// The reasons for which a message does not count.
var (
	// ErrTopic: of a topic that nobody allowed.
	ErrTopic = errors.New("the topic is not allowed (--collector-aws-sns-topics)")
	// ErrVersion: signed in a way that is not accepted.
	ErrVersion = errors.New("the signature's version is not accepted")
	// ErrSignature: not signed by SNS, or changed since.
	ErrSignature = errors.New("the signature is not right")
	// ErrStale: too old, or of the future.
	ErrStale = errors.New("the message is not fresh")
	// ErrUnavailable: what is needed to check it could not be fetched; it may be
	// the next time.
	ErrUnavailable = errors.New("the certificate cannot be fetched")
)

// Config is what is accepted.
type Config struct {
	// Topics are the ARNs of those allowed; none allows nothing.
	Topics []string
	// AllowV1 accepts signatures with SHA-1.
	AllowV1 bool
	// TrustDownload does without the certificate's chain.
	TrustDownload bool
	// Client fetches; nil is one of its own. Roots are trusted; nil are the
	// machine's.
	Client *http.Client
	Roots  *x509.CertPool
}

// Verifier checks messages.
type Verifier struct {
	cfg Config

	mu    sync.Mutex
	certs map[string]*x509.Certificate // by URL
}

// MaxAge is how old a message may be: SNS tries again for up to an hour.
const (
	MaxAge    = time.Hour
	maxFuture = 5 * time.Minute
	// fetchWithin is how long fetching one thing may take.
	fetchWithin = 10 * time.Second
	// maxFetched is how long a certificate, or the answer to a confirmation, may be.
	maxFetched = 64 << 10
	// maxCertificates is how many are kept; SNS has one a region, and changes it
	// once a year or so.
	maxCertificates = 64
)

// New returns a verifier.
func New(cfg Config) *Verifier {
	client := http.Client{Timeout: fetchWithin}
	if cfg.Client != nil {
		client = *cfg.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.Client = &client
	return &Verifier{cfg: cfg, certs: map[string]*x509.Certificate{}}
}

var (
	host = regexp.MustCompile(`^sns\.[a-z]{2}(-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(\.cn)?$`)
	path = regexp.MustCompile(`^/SimpleNotificationService-[0-9a-zA-Z]+\.pem$`)
)

// ofSNS returns the URL if it is SNS' own.
func ofSNS(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	return u, err == nil && u.Scheme == "https" && host.MatchString(u.Host) && u.User == nil && u.Opaque == ""
}

// Verify returns nil if the message is from SNS, of a topic that is allowed, and
// fresh.
func (v *Verifier) Verify(ctx context.Context, m *Message) error {
	if !slices.Contains(v.cfg.Topics, m.TopicARN) {
		return fmt.Errorf("%w: %.200q", ErrTopic, m.TopicARN)
	}
	if m.SignatureVersion != "2" && (m.SignatureVersion != "1" || !v.cfg.AllowV1) {
		return fmt.Errorf("%w: %.10q; set the topic's attribute SignatureVersion to 2", ErrVersion, m.SignatureVersion)
	}
	at, err := time.Parse(time.RFC3339, m.Timestamp)
	if age := time.Since(at); err != nil || age > MaxAge || age < -maxFuture {
		return fmt.Errorf("%w: its Timestamp is %.40q", ErrStale, m.Timestamp)
	}
	u, ok := ofSNS(m.SigningCertURL)
	if !ok || !path.MatchString(u.Path) || u.RawQuery != "" {
		return fmt.Errorf("%w: SigningCertURL %.200q is not of sns.<region>.amazonaws.com", ErrSignature, m.SigningCertURL)
	}
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		return fmt.Errorf("%w: not base64", ErrSignature)
	}
	cert, err := v.certificate(ctx, u.String())
	if err != nil {
		return err
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return fmt.Errorf("%w: the certificate's key is not RSA", ErrSignature)
	}
	if m.SignatureVersion == "2" {
		sum := sha256.Sum256([]byte(m.signed()))
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
	} else {
		sum := sha1.Sum([]byte(m.signed())) //nolint:gosec // see the import
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature)
	}
	if err != nil {
		return fmt.Errorf("%w: the message is not what was signed", ErrSignature)
	}
	return nil
}

// Confirm visits the SubscribeURL of a message that was verified: with that the
// topic begins to send.
func (v *Verifier) Confirm(ctx context.Context, m *Message) error {
	u, ok := ofSNS(m.SubscribeURL)
	if !ok || u.Query().Get("Action") != "ConfirmSubscription" || u.Query().Get("TopicArn") != m.TopicARN {
		return fmt.Errorf("%w: SubscribeURL %.200q is not SNS' for this topic", ErrSignature, m.SubscribeURL)
	}
	_, err := v.fetch(ctx, u.String())
	return err
}

// fetch gets what is at a URL.
func (v *Verifier) fetch(ctx context.Context, from string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	answer, err := v.cfg.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxFetched+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%w: %s answers %s", ErrUnavailable, req.URL.Host, answer.Status)
	case len(body) > maxFetched:
		return nil, fmt.Errorf("%w: %s sends more than %d bytes", ErrUnavailable, req.URL.Host, maxFetched)
	}
	return body, nil
}
