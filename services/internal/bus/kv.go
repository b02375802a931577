package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/wait"
)

// Entry is a value with the revision to give back to [View.Update].
type Entry[M any] struct {
	Key      string
	Value    M
	Revision uint64
	Created  time.Time
}

// Get returns the value of key, or ErrNotFound.
func (v View[M]) Get(ctx context.Context, c *Conn, key string) (Entry[M], error) {
	kv, err := c.bucket(ctx, v.Bucket)
	if err != nil {
		return Entry[M]{}, err
	}
	e, err := kv.Get(ctx, v.Prefix+key)
	if err != nil {
		return Entry[M]{}, fmt.Errorf("get %s/%s%s: %w", v.Bucket.Name, v.Prefix, key, translate(err))
	}
	return v.entry(e)
}

// Create stores value under key and returns its revision; ErrConflict if the
// key has a value already.
func (v View[M]) Create(ctx context.Context, c *Conn, key string, value M) (uint64, error) {
	return v.write(ctx, c, key, value, func(kv jetstream.KeyValue, data []byte) (uint64, error) {
		return kv.Create(ctx, v.Prefix+key, data)
	})
}

// Update stores value if the key is still at revision; else ErrConflict.
func (v View[M]) Update(ctx context.Context, c *Conn, key string, value M, revision uint64) (uint64, error) {
	return v.write(ctx, c, key, value, func(kv jetstream.KeyValue, data []byte) (uint64, error) {
		return kv.Update(ctx, v.Prefix+key, data, revision)
	})
}

// Put stores value whatever was there.
func (v View[M]) Put(ctx context.Context, c *Conn, key string, value M) (uint64, error) {
	return v.write(ctx, c, key, value, func(kv jetstream.KeyValue, data []byte) (uint64, error) {
		return kv.Put(ctx, v.Prefix+key, data)
	})
}

func (v View[M]) write(ctx context.Context, c *Conn, key string, value M, do func(jetstream.KeyValue, []byte) (uint64, error)) (uint64, error) {
	data, err := encode(value)
	if err != nil {
		return 0, err
	}
	kv, err := c.bucket(ctx, v.Bucket)
	if err != nil {
		return 0, err
	}
	rev, err := do(kv, data)
	if err != nil {
		return 0, fmt.Errorf("put %s/%s%s: %w", v.Bucket.Name, v.Prefix, key, translate(err))
	}
	return rev, nil
}

// Delete removes key if it is still at revision (0: whatever it is at).
// Deleting what is not there is no error.
func (v View[M]) Delete(ctx context.Context, c *Conn, key string, revision uint64) error {
	kv, err := c.bucket(ctx, v.Bucket)
	if err != nil {
		return err
	}
	var opts []jetstream.KVDeleteOpt
	if revision > 0 {
		opts = append(opts, jetstream.LastRevision(revision))
	}
	if err := translate(kv.Delete(ctx, v.Prefix+key, opts...)); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("delete %s/%s%s: %w", v.Bucket.Name, v.Prefix, key, err)
	}
	return nil
}

// List returns every entry, in the order in which they were last written.
func (v View[M]) List(ctx context.Context, c *Conn) ([]Entry[M], error) {
	kv, err := c.bucket(ctx, v.Bucket)
	if err != nil {
		return nil, err
	}
	w, err := kv.Watch(ctx, v.Prefix+">", jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("list %s/%s: %w", v.Bucket.Name, v.Prefix, translate(err))
	}
	defer w.Stop()
	var out []Entry[M]
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("list %s/%s: %w", v.Bucket.Name, v.Prefix, ctx.Err())
		case e, ok := <-w.Updates():
			if !ok {
				return nil, fmt.Errorf("list %s/%s: %w", v.Bucket.Name, v.Prefix, ErrNoAnswer)
			}
			if e == nil {
				return out, nil
			}
			entry, err := v.entry(e)
			if err != nil {
				return nil, err
			}
			out = append(out, entry)
		}
	}
}

// Watch calls all with every entry at the start, after each change (changes
// within a few milliseconds together) and at least once in each relist, until
// ctx is done. It relies on listing, not on the watch: a watch is only what
// wakes it, since one that dies with its server misses what happened meanwhile.
func (v View[M]) Watch(ctx context.Context, c *Conn, relist time.Duration, all func([]Entry[M])) error {
	var p wait.Pause
	for ctx.Err() == nil {
		err := v.watch(ctx, c, relist, all)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			c.log.Warn("watching again", "bucket", v.Bucket.Name, "attempt", p.Attempt(), "err", err)
			_ = p.Wait(ctx)
			continue
		}
		p.Reset()
	}
	return nil
}

func (v View[M]) watch(ctx context.Context, c *Conn, relist time.Duration, all func([]Entry[M])) error {
	kv, err := c.bucket(ctx, v.Bucket)
	if err != nil {
		return err
	}
	w, err := kv.Watch(ctx, v.Prefix+">", jetstream.UpdatesOnly())
	if err != nil {
		return translate(err)
	}
	defer w.Stop()
	for {
		entries, err := v.List(ctx, c)
		if err != nil {
			return err
		}
		all(entries)
		again := time.NewTimer(relist)
		select {
		case <-ctx.Done():
			again.Stop()
			return nil
		case <-again.C:
		case _, ok := <-w.Updates():
			again.Stop()
			if !ok {
				return ErrNoAnswer
			}
			if err := wait.For(ctx, 5*time.Millisecond); err != nil {
				return nil
			}
			for len(w.Updates()) > 0 {
				<-w.Updates()
			}
		}
	}
}

func (v View[M]) entry(e jetstream.KeyValueEntry) (Entry[M], error) {
	value, err := decode[M](e.Value())
	if err != nil {
		return Entry[M]{}, fmt.Errorf("value of %s/%s: %w", v.Bucket.Name, e.Key(), err)
	}
	return Entry[M]{Key: strings.TrimPrefix(e.Key(), v.Prefix), Value: value, Revision: e.Revision(), Created: e.Created()}, nil
}

func (c *Conn) bucket(ctx context.Context, b Bucket) (jetstream.KeyValue, error) {
	if kv, ok := c.buckets.Load(b.Name); ok {
		return kv.(jetstream.KeyValue), nil
	}
	kv, err := c.js.KeyValue(ctx, b.Name)
	if err != nil {
		return nil, fmt.Errorf("bucket %s (made by set-up): %w", b.Name, translate(err))
	}
	c.buckets.Store(b.Name, kv)
	return kv, nil
}
