package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
	out, err := v.list(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("list %s/%s: %w", v.Bucket.Name, v.Prefix, err)
	}
	return out, nil
}

func (v View[M]) list(ctx context.Context, c *Conn) ([]Entry[M], error) {
	kv, err := c.bucket(ctx, v.Bucket)
	if err != nil {
		return nil, err
	}
	seen := map[string]jetstream.KeyValueEntry{}
	if err := v.scan(ctx, kv, seen); err != nil {
		return nil, err
	}
	if err := v.complete(ctx, kv, seen); err != nil {
		return nil, err
	}
	out := make([]Entry[M], 0, len(seen))
	for _, e := range seen {
		if e.Operation() != jetstream.KeyValuePut {
			continue
		}
		entry, err := v.entry(e)
		if err != nil {
			return nil, err
		}
		out = append(out, entry)
	}
	slices.SortFunc(out, func(a, b Entry[M]) int { return cmp.Compare(a.Revision, b.Revision) })
	return out, nil
}

// scan reads what a watch has at its start.
func (v View[M]) scan(ctx context.Context, kv jetstream.KeyValue, seen map[string]jetstream.KeyValueEntry) error {
	w, err := kv.Watch(ctx, v.Prefix+">")
	if err != nil {
		return translate(err)
	}
	defer w.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-w.Updates():
			if !ok {
				return ErrNoAnswer
			}
			if e == nil {
				return nil
			}
			seen[e.Key()] = e
		}
	}
}

// complete adds what the scan missed: a value that is written while the scan is
// on its way to the one before leaves its place for the end, behind what the
// watch takes for its start. The server's count of subjects misses none.
func (v View[M]) complete(ctx context.Context, kv bucket, seen map[string]jetstream.KeyValueEntry) error {
	root := "$KV." + v.Bucket.Name + "."
	info, err := kv.stream.Info(ctx, jetstream.WithSubjectFilter(root+v.Prefix+">"))
	if err != nil {
		return translate(err)
	}
	for subject := range info.State.Subjects {
		key := strings.TrimPrefix(subject, root)
		if _, ok := seen[key]; ok {
			continue
		}
		e, err := kv.Get(ctx, key)
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
		case err != nil:
			return translate(err)
		default:
			seen[key] = e
		}
	}
	return nil
}

func bucketStream(b Bucket) string { return "KV_" + b.Name }

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

// bucket is a bucket and the stream that it is.
type bucket struct {
	jetstream.KeyValue
	stream jetstream.Stream
}

func (c *Conn) bucket(ctx context.Context, b Bucket) (bucket, error) {
	if found, ok := c.buckets.Load(b.Name); ok {
		return found.(bucket), nil
	}
	var found bucket
	var err error
	if found.KeyValue, err = c.js.KeyValue(ctx, b.Name); err == nil {
		found.stream, err = c.js.Stream(ctx, bucketStream(b))
	}
	if err != nil {
		return bucket{}, fmt.Errorf("bucket %s (made by set-up): %w", b.Name, translate(err))
	}
	c.buckets.Store(b.Name, found)
	return found, nil
}
