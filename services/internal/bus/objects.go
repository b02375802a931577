package bus

import (
	"context"
	"fmt"
)

// PutObject stores data under name; an object of that name is replaced.
func PutObject(ctx context.Context, c *Conn, s ObjectStore, name string, data []byte) error {
	store, err := c.js.ObjectStore(ctx, s.Name)
	if err != nil {
		return fmt.Errorf("object store %s (made by set-up): %w", s.Name, translate(err))
	}
	if _, err := store.PutBytes(ctx, name, data); err != nil {
		return fmt.Errorf("put object %s/%s: %w", s.Name, name, translate(err))
	}
	return nil
}

// GetObject returns what is stored under name, or ErrNotFound.
func GetObject(ctx context.Context, c *Conn, s ObjectStore, name string) ([]byte, error) {
	store, err := c.js.ObjectStore(ctx, s.Name)
	if err != nil {
		return nil, fmt.Errorf("object store %s (made by set-up): %w", s.Name, translate(err))
	}
	data, err := store.GetBytes(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("get object %s/%s: %w", s.Name, name, translate(err))
	}
	return data, nil
}

// DeleteObject removes the object; deleting what is not there is no error.
func DeleteObject(ctx context.Context, c *Conn, s ObjectStore, name string) error {
	store, err := c.js.ObjectStore(ctx, s.Name)
	if err != nil {
		return fmt.Errorf("object store %s (made by set-up): %w", s.Name, translate(err))
	}
	if err := translate(store.Delete(ctx, name)); err != nil && !isNotFound(err) {
		return fmt.Errorf("delete object %s/%s: %w", s.Name, name, err)
	}
	return nil
}
