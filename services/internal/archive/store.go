package archive

import "context"

// Store is where an archive's files are, by names with slashes.
type Store interface {
	// List returns the names in a folder, sorted: of files, and of folders with
	// a slash at the end. folder ends with a slash, or is "" for the top. A folder
	// that is not there has none.
	List(ctx context.Context, folder string) ([]string, error)
	// Create stores a new file, whole or not at all; fs.ErrExist if there is
	// one of that name.
	Create(ctx context.Context, name string, data []byte) error
	// Read returns a file; fs.ErrNotExist if there is none.
	Read(ctx context.Context, name string) ([]byte, error)
	// Delete removes a file; one that is not there is no error.
	Delete(ctx context.Context, name string) error
	// String says where it is, for people.
	String() string
}
