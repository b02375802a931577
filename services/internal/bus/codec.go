package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
)

// encode returns event for the wire: protobuf, or bytes as they are.
func encode[M any](event M) ([]byte, error) {
	switch e := any(event).(type) {
	case []byte:
		return e, nil
	case proto.Message:
		b, err := proto.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode %T: %w", event, err)
		}
		return b, nil
	}
	return nil, fmt.Errorf("encode %T: neither a protobuf message nor bytes", event)
}

// decode is the reverse of encode.
func decode[M any](data []byte) (M, error) {
	var zero M
	switch e := any(zero).(type) {
	case []byte:
		return any(data).(M), nil
	case proto.Message:
		m := e.ProtoReflect().New().Interface()
		if err := proto.Unmarshal(data, m); err != nil {
			return zero, fmt.Errorf("decode %T: %w", zero, err)
		}
		return m.(M), nil
	}
	return zero, fmt.Errorf("decode %T: neither a protobuf message nor bytes", zero)
}

// transient reports whether trying again may help.
func transient(err error) bool {
	var api *jetstream.APIError
	switch {
	case err == nil, IsPermanent(err), errors.Is(err, ErrConflict), errors.Is(err, ErrTooLarge),
		errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrPermissionViolation),
		errors.Is(err, nats.ErrBadSubject), errors.Is(err, jetstream.ErrInvalidSubject):
		return false
	case errors.As(err, &api):
		// Full, out of storage, no leader: may pass. A bad request does not.
		return api.Code >= 500 || api.Code == 429
	case errors.Is(err, context.Canceled):
		return false
	}
	return true
}

// Decode returns a message of the client as this package's.
func Decode[M any](raw jetstream.Msg) (*Message[M], error) {
	meta, err := raw.Metadata()
	if err != nil {
		return nil, err
	}
	event, err := decode[M](raw.Data())
	if err != nil {
		return nil, err
	}
	return &Message[M]{Event: event, Subject: raw.Subject(), Header: raw.Headers(), Sequence: meta.Sequence.Stream,
		Stored: meta.Timestamp, Attempt: int(meta.NumDelivered), Size: len(raw.Data())}, nil
}
