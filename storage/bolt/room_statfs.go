//go:build linux || darwin || freebsd

package bolt

import "syscall"

// room is how many bytes may be written in the file system of a folder.
func room(folder string) (int64, error) {
	var about syscall.Statfs_t
	if err := syscall.Statfs(folder, &about); err != nil {
		return 0, err
	}
	return int64(about.Bavail) * int64(about.Bsize), nil
}
