package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"time"
)

// Sign returns the value of X-Parley-Signature: v1= and, in hex, the
// HMAC-SHA256 of timestamp, a dot and the body. timestamp is in unix seconds.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp))
	mac.Write([]byte("."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// errSignature: a request was not signed with the secret, or not lately.
var errSignature = errors.New("the signature is wrong or older than five minutes")

// Verify is what a receiver does: nil if the signature is right and at most
// five minutes off.
func Verify(secret, timestamp, signature string, body []byte, now time.Time) error {
	at, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(at, 0)).Abs() > 5*time.Minute {
		return errSignature
	}
	if !hmac.Equal([]byte(signature), []byte(Sign(secret, timestamp, body))) {
		return errSignature
	}
	return nil
}
