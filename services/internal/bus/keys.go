package bus

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Keys is what a view shows, wherever it is kept: on the bus ([View.On]), or in
// the memory of who rehearses what a service would do ([View.In]).
type Keys[M any] interface {
	// Get, Create, Update, Delete and List are those of [View].
	Get(ctx context.Context, key string) (Entry[M], error)
	Create(ctx context.Context, key string, value M) (uint64, error)
	Update(ctx context.Context, key string, value M, revision uint64) (uint64, error)
	Delete(ctx context.Context, key string, revision uint64) error
	List(ctx context.Context) ([]Entry[M], error)
}

// On returns the view's keys on a connection.
func (v View[M]) On(c *Conn) Keys[M] { return connected[M]{v, c} }

type connected[M any] struct {
	view View[M]
	conn *Conn
}

func (k connected[M]) Get(ctx context.Context, key string) (Entry[M], error) {
	return k.view.Get(ctx, k.conn, key)
}

func (k connected[M]) Create(ctx context.Context, key string, value M) (uint64, error) {
	return k.view.Create(ctx, k.conn, key, value)
}

func (k connected[M]) Update(ctx context.Context, key string, value M, revision uint64) (uint64, error) {
	return k.view.Update(ctx, k.conn, key, value, revision)
}

func (k connected[M]) Delete(ctx context.Context, key string, revision uint64) error {
	return k.view.Delete(ctx, k.conn, key, revision)
}

func (k connected[M]) List(ctx context.Context) ([]Entry[M], error) {
	return k.view.List(ctx, k.conn)
}

// Memory is a bucket that nobody else sees and that ends with the process.
type Memory struct {
	mu       sync.Mutex
	revision uint64
	values   map[string]remembered
}

type remembered struct {
	data     []byte
	revision uint64
}

// NewMemory returns an empty one.
func NewMemory() *Memory { return &Memory{values: map[string]remembered{}} }

// In returns the view's keys in memory.
func (v View[M]) In(m *Memory) Keys[M] { return inMemory[M]{v, m} }

type inMemory[M any] struct {
	view View[M]
	m    *Memory
}

func (k inMemory[M]) Get(_ context.Context, key string) (Entry[M], error) {
	k.m.mu.Lock()
	r, ok := k.m.values[k.view.Prefix+key]
	k.m.mu.Unlock()
	if !ok {
		return Entry[M]{}, fmt.Errorf("get %s%s: %w", k.view.Prefix, key, ErrNotFound)
	}
	return k.entry(k.view.Prefix+key, r)
}

func (k inMemory[M]) Create(_ context.Context, key string, value M) (uint64, error) {
	return k.write(key, value, 0)
}

func (k inMemory[M]) Update(_ context.Context, key string, value M, revision uint64) (uint64, error) {
	return k.write(key, value, revision)
}

// write stores the value if the key is at this revision; 0: if it has none.
func (k inMemory[M]) write(key string, value M, revision uint64) (uint64, error) {
	data, err := encode(value)
	if err != nil {
		return 0, err
	}
	key = k.view.Prefix + key
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	if k.m.values[key].revision != revision {
		return 0, fmt.Errorf("put %s: %w", key, ErrConflict)
	}
	k.m.revision++
	revision = k.m.revision
	k.m.values[key] = remembered{data, revision}
	return revision, nil
}

func (k inMemory[M]) Delete(_ context.Context, key string, revision uint64) error {
	key = k.view.Prefix + key
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	r, ok := k.m.values[key]
	if ok && revision > 0 && r.revision != revision {
		return fmt.Errorf("delete %s: %w", key, ErrConflict)
	}
	delete(k.m.values, key)
	return nil
}

func (k inMemory[M]) List(context.Context) ([]Entry[M], error) {
	k.m.mu.Lock()
	defer k.m.mu.Unlock()
	var out []Entry[M]
	for key, r := range k.m.values {
		if !strings.HasPrefix(key, k.view.Prefix) {
			continue
		}
		e, err := k.entry(key, r)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Entry[M]) int { return cmp.Compare(a.Revision, b.Revision) })
	return out, nil
}

func (k inMemory[M]) entry(key string, r remembered) (Entry[M], error) {
	value, err := decode[M](r.data)
	if err != nil {
		return Entry[M]{}, fmt.Errorf("value of %s: %w", key, err)
	}
	return Entry[M]{Key: strings.TrimPrefix(key, k.view.Prefix), Value: value, Revision: r.revision}, nil
}
