package sns

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // version 1 of SNS' signatures
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const topic = "arn:aws:sns:eu-west-1:111122223333:alarms"

// amazon is an authority with an issuer between it and SNS, and the hosts that
// have their certificates.
type amazon struct {
	t     *testing.T
	roots *x509.CertPool
	key   *rsa.PrivateKey

	mu    sync.Mutex
	files map[string][]byte
	asked []string
}

// RoundTrip answers for every host there is.
func (a *amazon) RoundTrip(req *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, req.URL.String())
	body, ok := a.files[req.URL.String()]
	answer := &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{}, Request: req}
	if !ok {
		answer.StatusCode, answer.Status = http.StatusNotFound, "404 Not Found"
	}
	if strings.HasPrefix(string(body), "Location: ") {
		answer.StatusCode, answer.Status = http.StatusFound, "302 Found"
		answer.Header.Set("Location", strings.TrimPrefix(string(body), "Location: "))
	}
	return answer, nil
}

const (
	good     = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
	issuerAt = "http://crt.r2m01.amazontrust.com/r2m01.cer"
)

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	a := &amazon{t: t, roots: x509.NewCertPool(), files: map[string][]byte{}}
	rootKey, issuerKey := rsaKey(t), rsaKey(t)
	a.key = rsaKey(t)
	root := a.cert(&x509.Certificate{Subject: pkix.Name{CommonName: "Amazon Root"}, IsCA: true}, nil, rootKey.Public(), rootKey)
	a.roots.AddCert(root)
	issuer := a.cert(&x509.Certificate{Subject: pkix.Name{CommonName: "Amazon RSA 2048 M01"}, IsCA: true}, root, issuerKey.Public(), rootKey)
	a.files[issuerAt] = issuer.Raw
	leaf := func(where string, c *x509.Certificate, key crypto.PublicKey, with ...*x509.Certificate) {
		c.IssuingCertificateURL = append(c.IssuingCertificateURL, issuerAt)
		var out []byte
		for _, x := range append([]*x509.Certificate{a.cert(c, issuer, key, issuerKey)}, with...) {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: x.Raw})...)
		}
		a.files["https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-"+where+".pem"] = out
	}
	own := pkix.Name{CommonName: "sns.amazonaws.com"}
	leaf("0123456789abcdef", &x509.Certificate{Subject: own}, a.key.Public())
	leaf("whole", &x509.Certificate{Subject: own, IssuingCertificateURL: []string{"http://elsewhere.example/x"}}, a.key.Public(), issuer)
	leaf("other", &x509.Certificate{Subject: pkix.Name{CommonName: "sns.amazonaws.com.example.org"}}, a.key.Public())
	leaf("old", &x509.Certificate{Subject: own, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}, a.key.Public())
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf("ec", &x509.Certificate{Subject: own}, ec.Public())
	self := a.cert(&x509.Certificate{Subject: own}, nil, a.key.Public(), a.key)
	a.files["https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-self.pem"] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: self.Raw})
	a.files["https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-huge.pem"] = make([]byte, maxFetched+1)
	a.files["https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-text.pem"] = []byte("hello")
	a.files["https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-moved.pem"] = []byte("Location: " + good)
	return a
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *amazon) cert(c, by *x509.Certificate, key crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	a.t.Helper()
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	c.BasicConstraintsValid, c.KeyUsage = true, x509.KeyUsageDigitalSignature|x509.KeyUsageCertSign
	if by == nil {
		by = c
	}
	data, err := x509.CreateCertificate(rand.Reader, c, by, key, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	out, err := x509.ParseCertificate(data)
	if err != nil {
		a.t.Fatal(err)
	}
	return out
}

// sign signs a message as SNS does, by the words of its guide and not by ours.
func (a *amazon) sign(m map[string]string) map[string]string {
	a.t.Helper()
	names := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if m["Type"] != Notification {
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	text := ""
	for _, n := range names {
		if v, ok := m[n]; ok {
			text += n + "\n" + v + "\n"
		}
	}
	sum256, sum1 := sha256.Sum256([]byte(text)), sha1.Sum([]byte(text)) //nolint:gosec // version 1
	hash, sum := crypto.SHA256, sum256[:]
	if m["SignatureVersion"] == "1" {
		hash, sum = crypto.SHA1, sum1[:]
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.key, hash, sum)
	if err != nil {
		a.t.Fatal(err)
	}
	m["Signature"] = base64.StdEncoding.EncodeToString(signature)
	return m
}

func notification() map[string]string {
	return map[string]string{"Type": Notification, "MessageId": "m-1", "TopicArn": topic, "Message": "all is well\n\"so far\"", "Subject": "ALARM",
		"Timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": "2", "SigningCertURL": good,
		"UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe"}
}

func confirmation() map[string]string {
	m := notification()
	delete(m, "Subject")
	m["Type"], m["Token"] = SubscriptionConfirmation, "token-1"
	m["SubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + url.QueryEscape(topic) + "&Token=token-1"
	return m
}

func parse(t *testing.T, m map[string]string) *Message {
	t.Helper()
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestVerify(t *testing.T) {
	t.Parallel()
	a := newAmazon(t)
	config := Config{Topics: []string{topic}, Client: &http.Client{Transport: a}, Roots: a.roots}
	f := func(want error, words string, cfg Config, signed, after map[string]string) {
		t.Helper()
		m := notification()
		for k, v := range signed {
			m[k] = v
		}
		a.sign(m)
		for k, v := range after {
			m[k] = v
		}
		err := New(cfg).Verify(t.Context(), parse(t, m))
		if !errors.Is(err, want) || err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("%v, then %v: %v, want %v with %q", signed, after, err, want, words)
		}
	}
	cert := func(name string) map[string]string {
		return map[string]string{"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-" + name + ".pem"}
	}
	f(nil, "", config, nil, nil)
	f(nil, "", config, nil, cert("whole"))
	f(nil, "", config, map[string]string{"Type": UnsubscribeConfirmation, "SubscribeURL": "https://x", "Token": "t"}, nil)
	f(nil, "", config, map[string]string{"Subject": ""}, nil)
	for _, field := range []string{"Message", "MessageId", "Subject"} {
		f(ErrSignature, "not what was signed", config, nil, map[string]string{field: "changed"})
	}
	f(ErrSignature, "not what was signed", config, nil, map[string]string{"Timestamp": time.Now().UTC().Add(-time.Second).Format(time.RFC3339)})
	f(ErrSignature, "base64", config, nil, map[string]string{"Signature": "%"})

	f(ErrVersion, "SignatureVersion to 2", config, map[string]string{"SignatureVersion": "1"}, nil)
	f(ErrVersion, "SignatureVersion to 2", config, map[string]string{"SignatureVersion": "3"}, nil)
	older := config
	older.AllowV1 = true
	f(nil, "", older, map[string]string{"SignatureVersion": "1"}, nil)
	f(ErrSignature, "", older, map[string]string{"SignatureVersion": "1"}, map[string]string{"SignatureVersion": "2"})

	f(ErrTopic, topic+"-2", config, map[string]string{"TopicArn": topic + "-2"}, nil)
	f(ErrTopic, "", Config{Client: config.Client, Roots: config.Roots}, nil, nil)
	for _, at := range []time.Duration{-MaxAge - time.Second, maxFuture + time.Second} {
		f(ErrStale, "Timestamp", config, map[string]string{"Timestamp": time.Now().UTC().Add(at).Format(time.RFC3339)}, nil)
	}
	f(ErrStale, "Timestamp", config, map[string]string{"Timestamp": "now"}, nil)

	for _, u := range []string{
		strings.Replace(good, "https", "http", 1), strings.Replace(good, "sns.", "s3.", 1), strings.Replace(good, ".com/", ".com.evil.example/", 1),
		strings.Replace(good, "sns.", "user@sns.", 1), strings.Replace(good, ".com/", ".com:8443/", 1), strings.Replace(good, "sns.", "evil.example/sns.", 1),
		good + "?x", strings.Replace(good, "/Simple", "/bucket/Simple", 1), strings.Replace(good, "eu-west-1", "eu-west-1.s3", 1), "::", "sns.eu-west-1.amazonaws.com",
		strings.Replace(good, ".pem", ".exe", 1),
	} {
		asked := len(a.asked)
		f(ErrSignature, "SigningCertURL", config, nil, map[string]string{"SigningCertURL": u})
		if len(a.asked) != asked {
			t.Errorf("%s was fetched from", u)
		}
	}
	f(ErrSignature, "not of SNS", config, nil, cert("other"))
	f(ErrSignature, "in force", config, nil, cert("old"))
	f(ErrSignature, "not RSA", config, nil, cert("ec"))
	f(ErrSignature, "unknown authority", config, nil, cert("self"))
	f(ErrSignature, "neither PEM nor DER", config, nil, cert("text"))
	f(ErrUnavailable, "404", config, nil, cert("none"))
	f(ErrUnavailable, "more than", config, nil, cert("huge"))
	f(ErrUnavailable, "302", config, nil, cert("moved"))

	// Without the issuer: not believed, unless a setting is content with TLS.
	a.mu.Lock()
	delete(a.files, issuerAt)
	a.mu.Unlock()
	f(ErrUnavailable, "--collector-aws-sns-trust-download", config, nil, nil)
	trusting := config
	trusting.TrustDownload = true
	f(nil, "", trusting, nil, nil)
	f(ErrSignature, "not of SNS", trusting, nil, cert("other"))
}

// A certificate is fetched once.
func TestCertificatesAreKept(t *testing.T) {
	t.Parallel()
	a := newAmazon(t)
	v := New(Config{Topics: []string{topic}, Client: &http.Client{Transport: a}, Roots: a.roots})
	for range 3 {
		if err := v.Verify(t.Context(), parse(t, a.sign(notification()))); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.asked) != 2 {
		t.Errorf("fetched %v, want the certificate and its issuer", a.asked)
	}
}

// The SubscribeURL is visited only where SNS is, and for the topic itself.
func TestConfirm(t *testing.T) {
	t.Parallel()
	a := newAmazon(t)
	v := New(Config{Topics: []string{topic}, Client: &http.Client{Transport: a}, Roots: a.roots})
	m := parse(t, a.sign(confirmation()))
	a.files[m.SubscribeURL] = []byte("<ConfirmSubscriptionResponse/>")
	if err := v.Verify(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := v.Confirm(t.Context(), m); err != nil {
		t.Error(err)
	}
	if last := a.asked[len(a.asked)-1]; last != m.SubscribeURL {
		t.Errorf("asked %s", last)
	}
	for _, u := range []string{
		"https://evil.example/?Action=ConfirmSubscription", strings.Replace(m.SubscribeURL, "https", "http", 1),
		strings.Replace(m.SubscribeURL, "Confirm", "Delete", 1), strings.Replace(m.SubscribeURL, "alarms", "others", 1), "http://169.254.169.254/latest/meta-data",
	} {
		asked := len(a.asked)
		x := *m
		x.SubscribeURL = u
		if err := v.Confirm(t.Context(), &x); !errors.Is(err, ErrSignature) || len(a.asked) != asked {
			t.Errorf("%s: %v, or it was visited", u, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	delete(a.files, m.SubscribeURL)
	if err := v.Confirm(ctx, m); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want %v", err, ErrUnavailable)
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range []map[string]string{notification(), confirmation()} {
		m["Signature"], m["Timestamp"] = "c2ln", "2026-11-22T13:04:05.123Z"
		body, err := json.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"Type":"Notification"}`))
	v := New(Config{Topics: []string{topic}, Client: &http.Client{Transport: refuse{f}}})
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := Parse(body)
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Error(err)
			}
			return
		}
		if err := v.Verify(t.Context(), m); err == nil {
			t.Error("believed")
		}
		if _, ok := ofSNS(m.SubscribeURL); !ok && !errors.Is(v.Confirm(t.Context(), m), ErrSignature) {
			t.Errorf("visits %q", m.SubscribeURL)
		}
	})
}

// refuse answers nobody, and fails when it is asked for another host than SNS'.
type refuse struct{ t testing.TB }

func (r refuse) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" || !host.MatchString(req.URL.Host) {
		r.t.Errorf("fetches %s", req.URL)
	}
	return nil, errors.New("refused by the test")
}
