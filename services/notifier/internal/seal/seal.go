package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Why a value does not count.
var (
	// ErrForged: it was not made here, or not for this button and channel.
	ErrForged = errors.New("the value is not one of ours")
	// ErrExpired: it was, too long ago.
	ErrExpired = errors.New("the value has expired")
)

// Claim is what a button stands for.
type Claim struct {
	// Do is the control's id.
	Do       string
	Incident string
	// Run is the run's id: the nonce.
	Run string
	// Channel is the channel's id in the chat.
	Channel string
	// Version of the incident that was shown.
	Version uint32
	Expires time.Time
	// Plan is the hash of the plan that was shown with the button; may be empty.
	Plan string
}

// Key signs. The zero value signs nothing that it would take.
type Key []byte

// keyBytes is the length of a key.
const keyBytes = 32

// NewKey returns a new one.
func NewKey() Key {
	k := make(Key, keyBytes)
	_, _ = rand.Read(k) // never fails
	return k
}

// Valid reports whether k is a key.
func (k Key) Valid() bool { return len(k) == keyBytes }

// Sign returns the value of a claim.
func (k Key) Sign(c Claim) string {
	plan := ""
	if c.Plan != "" {
		plan = "." + c.Plan
	}
	return fmt.Sprintf("%s.%s.%s.%s%s.%s", c.Incident, c.Run, strconv.FormatUint(uint64(c.Version), 36), strconv.FormatInt(c.Expires.Unix(), 36), plan, k.mac(c))
}

// Open returns the claim in a value that came with a click on the control do in
// a channel. ErrForged or ErrExpired; an expired claim is returned too.
func (k Key) Open(value, do, channel string, now time.Time) (Claim, error) {
	parts := strings.Split(value, ".")
	if n := len(parts); n != 5 && n != 6 || !k.Valid() {
		return Claim{}, ErrForged
	}
	version, err := strconv.ParseUint(parts[2], 36, 32)
	if err != nil {
		return Claim{}, ErrForged
	}
	expires, err := strconv.ParseInt(parts[3], 36, 64)
	if err != nil {
		return Claim{}, ErrForged
	}
	c := Claim{Do: do, Incident: parts[0], Run: parts[1], Channel: channel, Version: uint32(version), Expires: time.Unix(expires, 0)}
	if len(parts) == 6 {
		if c.Plan = parts[4]; c.Plan == "" {
			return Claim{}, ErrForged
		}
	}
	// Written anew it has to be the same, byte by byte: 00 is not 0.
	if !hmac.Equal([]byte(k.Sign(c)), []byte(value)) {
		return Claim{}, ErrForged
	}
	if !now.Before(c.Expires) {
		return c, ErrExpired
	}
	return c, nil
}

// mac is over all fields, each with its length before it, so that no two claims
// read the same.
func (k Key) mac(c Claim) string {
	h := hmac.New(sha256.New, k)
	fields := []string{"parley button 1", c.Do, c.Incident, c.Run, c.Channel, strconv.FormatUint(uint64(c.Version), 10), strconv.FormatInt(c.Expires.Unix(), 10)}
	if c.Plan != "" {
		fields = append(fields, c.Plan)
		fields[0] = "parley button 2"
	}
	for _, f := range fields {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}
