//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bolt

import (
	"os"
	"syscall"
)

// unlock releases the lock that bbolt took. Closing the file isn't enough while
// it is mapped: the mapping keeps the open file, and so its lock, alive.
func unlock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
}
