//go:build !unix

package natsconf

// giveToOwnerOf does nothing where files have no owner of that kind.
func giveToOwnerOf(string, string) error { return nil }
