package telemetry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
)

type traceKey struct{}

// WithTrace returns ctx with the traceparent of a message's header, if it has
// one. Source: W3C Trace Context.
func WithTrace(ctx context.Context, header []string) context.Context {
	if len(header) == 0 || len(header[0]) != 55 {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, header[0])
}

// TraceFrom returns the traceparent of ctx, or "" if it has none.
func TraceFrom(ctx context.Context) string {
	t, _ := ctx.Value(traceKey{}).(string)
	return t
}

// NewTrace returns ctx with a trace that begins here, sampled.
func NewTrace(ctx context.Context) context.Context {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	id := hex.EncodeToString(b[:])
	return context.WithValue(ctx, traceKey{}, "00-"+id[:32]+"-"+id[32:]+"-01")
}
