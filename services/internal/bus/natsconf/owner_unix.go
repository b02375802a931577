//go:build unix

package natsconf

import (
	"os"
	"syscall"
)

// giveToOwnerOf makes file belong to whoever owns dir. Only root can and needs
// to; for others file belongs to them already.
func giveToOwnerOf(dir, file string) error {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Chown(file, int(s.Uid), int(s.Gid))
	}
	return nil
}
