package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nats-io/nuid"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// Archive is one archive.
type Archive struct {
	store Store
	id    string
	codec *zstd.Codec
}

// aboutName is the file that makes a place an archive.
const aboutName = "archive.json"

type about struct {
	Format string `json:"format"`
	// ID tells two archives apart, wherever they are.
	ID string `json:"id"`
}

// Open returns the archive in a store; ErrNone if there is none.
func Open(ctx context.Context, s Store) (*Archive, error) {
	data, err := s.Read(ctx, aboutName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s: it has no %s", ErrNone, s, aboutName)
	}
	if err != nil {
		return nil, fmt.Errorf("read the archive at %s: %w", s, err)
	}
	var a about
	if err := json.Unmarshal(data, &a); err != nil || a.ID == "" {
		return nil, fmt.Errorf("%s of %s: %w: want {\"format\": \"1\", \"id\": …}", aboutName, s, ErrBroken)
	}
	if a.Format != version {
		return nil, fmt.Errorf("the archive at %s is of format %q; this version of parley reads %s", s, a.Format, version)
	}
	return &Archive{store: s, id: a.ID, codec: &zstd.Codec{Level: zstd.SpeedBetterCompression}}, nil
}

// Make is [Open], and begins an archive where there is none.
func Make(ctx context.Context, s Store) (*Archive, error) {
	a, err := Open(ctx, s)
	if !errors.Is(err, ErrNone) {
		return a, err
	}
	data, err := json.Marshal(about{Format: version, ID: nuid.Next()})
	if err != nil {
		return nil, err
	}
	if err := s.Create(ctx, aboutName, append(data, '\n')); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("begin an archive at %s: %w", s, err)
	}
	return Open(ctx, s) // another may have been quicker
}

// ID returns what tells it from other archives.
func (a *Archive) ID() string { return a.id }

// String says where it is.
func (a *Archive) String() string { return a.store.String() }
