package push

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/push/sns"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

const (
	certAt    = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem"
	confirmAt = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + topic + "&Token=t"
)

// signer is SNS: it signs, and has its certificate.
type signer struct {
	t    *testing.T
	key  *rsa.PrivateKey
	cert *x509.Certificate
	down bool
	// asked are the URLs that were visited.
	asked []string
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(1000 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	data, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	s := &signer{t: t, key: key}
	if s.cert, err = x509.ParseCertificate(data); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *signer) RoundTrip(req *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, req.URL.String())
	a := &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{}, Request: req}
	body := []byte("<ok/>")
	if req.URL.String() == certAt {
		body = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw})
	}
	if s.down {
		a.StatusCode, a.Status = http.StatusBadGateway, "502 Bad Gateway"
	}
	a.Body = io.NopCloser(bytes.NewReader(body))
	return a, nil
}

func (s *signer) verifier() *sns.Verifier {
	roots := x509.NewCertPool()
	roots.AddCert(s.cert)
	return sns.New(sns.Config{Topics: []string{topic}, Client: &http.Client{Transport: s}, Roots: roots})
}

// message returns a body, signed.
func (s *signer) message(kind, id, text string) []byte {
	s.t.Helper()
	at := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	m := map[string]string{"Type": kind, "MessageId": id, "TopicArn": topic, "Message": text, "Timestamp": at, "SignatureVersion": "2", "SigningCertURL": certAt}
	signed := "Message\n" + text + "\nMessageId\n" + id + "\n"
	if kind == sns.Notification {
		signed += "Timestamp\n" + at + "\n"
	} else {
		m["SubscribeURL"], m["Token"] = confirmAt, "t"
		signed += "SubscribeURL\n" + confirmAt + "\nTimestamp\n" + at + "\nToken\nt\n"
	}
	sum := sha256.Sum256([]byte(signed + "TopicArn\n" + topic + "\nType\n" + kind + "\n"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
	if err != nil {
		s.t.Fatal(err)
	}
	m["Signature"] = base64.StdEncoding.EncodeToString(signature)
	body, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	return body
}

func TestAlarmsBySNS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSigner(t)
		r := newRig(t, on, s.verifier())
		post := func(status int, body []byte) string {
			t.Helper()
			w := r.post("/aws/sns", body, map[string]string{"Content-Type": "text/plain; charset=UTF-8"})
			if w.Code != status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, status)
			}
			return w.Body.String()
		}
		alarm, err := os.ReadFile("event/testdata/sns-alarm.json")
		if err != nil {
			t.Fatal(err)
		}

		post(200, s.message(sns.SubscriptionConfirmation, "c-1", "You have chosen to subscribe"))
		if !slices.Equal(s.asked, []string{certAt, confirmAt}) {
			t.Errorf("visited %v", s.asked)
		}
		post(200, s.message(sns.SubscriptionConfirmation, "c-1", "You have chosen to subscribe"))
		post(200, s.message(sns.UnsubscribeConfirmation, "u-1", "You have chosen to leave"))
		if len(s.asked) != 2 {
			t.Errorf("visited %v", s.asked)
		}

		first := s.message(sns.Notification, "n-1", string(alarm))
		r.sink.refuse = true
		post(503, first)
		r.sink.refuse = false
		post(200, first)
		post(200, first)
		if r.sink.calls != 2 || len(r.sink.got) != 1 || !strings.Contains(r.sink.got[0], `alarm_name="orders-latency"`) || !strings.HasSuffix(r.sink.got[0], " 1 at 1795352645123") {
			t.Errorf("%d calls, stored %v", r.sink.calls, r.sink.got)
		}

		// What is no alarm is a dead letter, and not sent again.
		for range 2 {
			post(200, s.message(sns.Notification, "n-2", `{"hello":"world"}`))
			r.push.messages = memory{}
		}
		l := bustest.WantEvent[[]byte](t, r.b, bus.DeadLetters, "dlq.ingest.infra")
		if !strings.Contains(l.Header.Get(bus.HeaderReason), "SNS message n-2") || !strings.Contains(string(l.Event), "hello") {
			t.Errorf("dead letter %v %s", l.Header, l.Event)
		}

		// What cannot be believed is kept nowhere.
		post(400, []byte("hello"))
		post(413, make([]byte, sns.MaxBytes+1))
		if text := post(403, bytes.Replace(s.message(sns.Notification, "n-3", string(alarm)), []byte("ALARM"), []byte("OK"), 1)); !strings.Contains(text, "not what was signed") {
			t.Errorf("%q", text)
		}
		if text := post(403, bytes.Replace(s.message(sns.Notification, "n-3", "x"), []byte(topic), []byte(topic+"2"), 1)); !strings.Contains(text, "--collector-aws-sns-topics") {
			t.Errorf("%q", text)
		}
		time.Sleep(2 * sns.MaxAge)
		post(403, first) // a replay, hours later

		// A certificate that cannot be had now may be had the next time.
		s.down = true
		r.push.SNS = s.verifier()
		next := s.message(sns.Notification, "n-4", string(alarm))
		post(503, next)
		s.down = false
		post(200, next)
		if len(r.sink.got) != 2 {
			t.Errorf("stored %v", r.sink.got)
		}
		bustest.WantEvents[[]byte](t, r.b, bus.DeadLetters, "dlq.>", 1)
	})
}
