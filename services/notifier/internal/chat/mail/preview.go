package mail

import (
	"net/mail"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Preview returns the mail as it is sent, from and to nobody.
func Preview(t chat.Told) ([]byte, error) {
	b := &Backend{name: "mail", places: places{from: &mail.Address{Name: "Parley", Address: "parley@example.org"}}, subjects: map[string]string{}}
	return write(b.letter(t, []*mail.Address{{Address: "team@example.org"}}))
}
